// lab: the server behind `pageledger lab`, from its headers to what tries to get past it.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaptureError } from "../../src/capture/errors.js";
import { listPage } from "../../src/node/lab-files.js";
import { PAGE_POLICY } from "../../src/node/lab-headers.js";
import { type LabServer, serveLab, withCapture } from "../../src/node/lab-server.js";
import { CAPTURES, MAIN, run, temporaryFolder } from "./spawn.js";

const temp = temporaryFolder();
const NESTED = join(CAPTURES, "nested");
const HTML = '<html><head><meta charset="utf-8" /></head><body>page</body></html>';
const SCRIPT = "const page = 1;\n".repeat(500);
const SECRET = "not to be served";

let page: string;
let server: LabServer;

/** A made-up page: what is served of it does not depend on the build. */
beforeAll(async () => {
  page = join(temp.path, "page");
  mkdirSync(join(page, "assets"), { recursive: true });
  mkdirSync(join(page, "wasm"));
  writeFileSync(join(temp.path, "secret.txt"), SECRET);
  writeFileSync(join(page, "index.html"), HTML);
  writeFileSync(join(page, "assets/index-1a2b.js"), SCRIPT);
  writeFileSync(join(page, "wasm/scan.wasm"), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  writeFileSync(join(page, "empty.bin"), "");
  symlinkSync(join(temp.path, "secret.txt"), join(page, "assets/link.js"));
  symlinkSync(temp.path, join(page, "up"));
  server = await serveLab({ capture: NESTED, port: 0, page });
});

afterAll(() => server?.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks with the path as it is written here; fetch would tidy it up. */
function ask(path: string, { method = "GET", headers = {}, origin = server.origin } = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(origin);
    const sent = request({ host: hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", failed);
    sent.end();
  });
}

/** Sends bytes as they are, and answers the first line. */
function sendRaw(text: string): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect(Number(new URL(server.origin).port), "127.0.0.1", () => socket.write(text));
    let got = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      got += chunk;
    });
    socket.on("end", () => done(got)).on("error", failed);
  });
}

describe("headers", () => {
  test("isolation, the policy and no sniffing go with every answer, refusals too", async () => {
    for (const path of ["/", "/assets/index-1a2b.js", "/capture/trace.txt.gz", "/nothing"]) {
      const { headers } = await ask(path);
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(headers["cross-origin-embedder-policy"]).toBe("require-corp");
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["content-security-policy"]).toBe(`${PAGE_POLICY}; frame-ancestors 'none'`);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  test("without isolation only those two are left out", async () => {
    const plain = await serveLab({ port: 0, page, isolated: false });
    const { headers } = await ask("/", { origin: plain.origin });
    await plain.close();
    expect(headers["cross-origin-opener-policy"]).toBeUndefined();
    expect(headers["cross-origin-embedder-policy"]).toBeUndefined();
    expect(headers["content-security-policy"]).toContain(PAGE_POLICY);
  });

  test("types and caching are by what a file is", async () => {
    const of = async (path: string) => {
      const { headers } = await ask(path);
      return [headers["content-type"], headers["cache-control"]];
    };
    expect(await of("/")).toEqual(["text/html; charset=utf-8", "no-cache"]);
    expect(await of("/assets/index-1a2b.js")).toEqual([
      "text/javascript; charset=utf-8",
      "public, max-age=31536000, immutable",
    ]);
    expect(await of("/wasm/scan.wasm")).toEqual(["application/wasm", "no-cache"]);
    expect(await of("/capture/trace.txt.gz")).toEqual(["application/octet-stream", "no-cache"]);
  });

  test("text is packed as the browser accepts it; a capture is sent as it lies there", async () => {
    const of = (accepted: string) =>
      ask("/assets/index-1a2b.js?x", { headers: { "accept-encoding": accepted } });
    const [br, gz, plain, none] = await Promise.all([
      of("gzip, deflate, br"),
      of("gzip"),
      of("identity"),
      of("br;q=0, gzip;q=0.0"),
    ]);
    expect(brotliDecompressSync(br!.body).toString()).toBe(SCRIPT);
    expect(gunzipSync(gz!.body).toString()).toBe(SCRIPT);
    expect([plain!.body.toString(), none!.body.toString()]).toEqual([SCRIPT, SCRIPT]);
    for (const { headers, body } of [br!, gz!, plain!]) {
      expect(headers.vary).toBe("Accept-Encoding");
      expect(headers["content-length"]).toBe(String(body.length));
    }
    const trace = await ask("/capture/trace.txt.gz", { headers: { "accept-encoding": "br, gzip" } });
    expect(trace.headers["content-encoding"]).toBeUndefined();
    expect(trace.headers["content-length"]).toBe(String(trace.body.length));
    expect(trace.body.equals(readFileSync(join(NESTED, "trace.txt.gz")))).toBe(true);
    expect((await ask("/empty.bin")).body.length).toBe(0);
  });

  test("what has not changed is not sent again; a packed file is not taken for the plain one", async () => {
    const first = await ask("/");
    const etag = String(first.headers.etag);
    const again = await ask("/", { headers: { "if-none-match": etag } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const packed = await ask("/", { headers: { "if-none-match": etag, "accept-encoding": "gzip" } });
    expect(packed.status).toBe(200);
  });
});

describe("what is not served", () => {
  test.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/..%5csecret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/./index.html",
    "/assets/",
    "/assets",
    "/assets/link.js",
    "/up/secret.txt",
    "/secret.txt%00.js",
    "/%00",
    "/capture/",
    "/capture/../capture/groups.tsv",
    "/capture/README.md",
    "/capture/%2e%2e/huge/groups.tsv",
    "/INDEX.HTML",
    "/__proto__",
    "/%ff",
    "/%",
  ])("%s", async (path) => {
    const { status, body } = await ask(path);
    expect([400, 404]).toContain(status);
    expect(body.toString()).not.toContain(SECRET);
  });

  test("an absolute path of the machine, and an address of another server", async () => {
    expect((await ask(`/${encodeURIComponent(join(temp.path, "secret.txt"))}`)).status).toBe(404);
    expect(
      await sendRaw("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
    ).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])("%s", async (method) => {
    const { status, headers } = await ask("/", { method });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  test("HEAD answers as GET, without a body", async () => {
    for (const path of ["/", "/capture/trace.txt.gz", "/nothing"]) {
      const [head, get] = await Promise.all([ask(path, { method: "HEAD" }), ask(path)]);
      expect([head.status, head.body.length]).toEqual([get.status, 0]);
      if (get.status === 200) expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
    }
  });

  test.each([
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
  ])("to a page that calls this server %s", async (host) => {
    const { status, body } = await ask("/capture/groups.tsv", { headers: { host } });
    expect([status, body.toString()]).toEqual([421, expect.not.stringContaining("\t")]);
  });

  test.each(["localhost", "localhost:8017", "127.0.0.1", "[::1]:8017", "LOCALHOST"])(
    "%s is its own name",
    async (host) => {
      expect((await ask("/", { headers: { host } })).status).toBe(200);
    },
  );
});

describe("the capture", () => {
  const metaOf = (html: string) =>
    /<meta name="pageledger-capture" content="([^"]*)" \/>/.exec(html)?.[1] ?? "";
  const unescaped = (text: string) =>
    text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

  test("is told to the page: names, addresses, bytes", async () => {
    const told = JSON.parse(unescaped(metaOf((await ask("/")).body.toString()))) as LabServer["capture"];
    expect(told).toEqual(server.capture);
    expect(told?.files.map(({ name }) => name)).toEqual([
      "trace.txt.gz",
      "groups.tsv",
      "memory.stat.tsv",
      "frames.tsv.gz",
    ]);
    for (const { url, bytes } of told?.files ?? []) expect((await ask(`/${url}`)).body.length).toBe(bytes);
  });

  test("a hostile name stays text", async () => {
    const name = `"><script>alert(1)</script>$&$'<!--'`;
    const folder = join(temp.path, name.replaceAll("/", "\u2215"));
    mkdirSync(folder);
    writeFileSync(join(folder, "trace.txt"), "# tracer: nop\n");
    const own = await serveLab({ capture: folder, port: 0, page });
    const html = (await ask("/", { origin: own.origin })).body.toString();
    await own.close();
    const content = metaOf(html);
    expect(content).not.toMatch(/[<>'"]/);
    expect(JSON.parse(unescaped(content)).name).toBe(name.replaceAll("/", "\u2215"));
    expect(html.replace(/<meta name="pageledger-capture"[^>]*>\n {2}/, "")).toBe(HTML);
    expect(withCapture(HTML, { name: "</head>", files: [] }).match(/<\/head>/g)?.length).toBe(1);
  });

  test("a trace alone may have any name", async () => {
    const path = temp.write("my trace %2e #1?.txt", "# tracer: nop\n");
    const own = await serveLab({ capture: path, port: 0, page });
    const [file] = own.capture?.files ?? [];
    const answer = await ask(`/${file?.url}`, { origin: own.origin });
    await own.close();
    expect([file?.name, answer.body.toString()]).toEqual(["my trace %2e #1?.txt", "# tracer: nop\n"]);
  });

  test.each(["trace.js", "trace.html", "trace.svg", "trace.json"])(
    "a trace called %s is sent as bytes, as it lies there now",
    async (name) => {
      const trace = join(temp.path, name);
      const text = "# tracer: nop\n";
      writeFileSync(trace, text);
      const other = await serveLab({ capture: trace, port: 0, page });
      try {
        for (const now of [text, `${text}${text}`]) {
          writeFileSync(trace, now);
          const { headers, body } = await ask(`/capture/${name}`, {
            origin: other.origin,
            headers: { "Accept-Encoding": "gzip, br" },
          });
          expect(headers["content-type"]).toBe("application/octet-stream");
          expect(headers["content-encoding"]).toBeUndefined();
          expect(headers.etag).toBeUndefined();
          expect(body.toString()).toBe(now);
        }
      } finally {
        await other.close();
      }
    },
  );

  test("a file that lies elsewhere by a link is refused, and so is what is no file", async () => {
    const folder = join(temp.path, "linked");
    mkdirSync(folder);
    symlinkSync(join(temp.path, "secret.txt"), join(folder, "trace.txt"));
    await expect(serveLab({ capture: folder, port: 0, page })).rejects.toThrow(
      /trace\.txt: is a link that leads out of its folder/,
    );
    const odd = join(temp.path, "odd");
    mkdirSync(join(odd, "trace.txt"), { recursive: true });
    await expect(serveLab({ capture: odd, port: 0, page })).rejects.toThrow(CaptureError);
  });
});

describe("the command", () => {
  test("prints its address, serves, and ends cleanly when it is interrupted", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = spawn(process.execPath, [MAIN, "lab", NESTED, "--port", "0"]);
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      const ended = new Promise((done) => child.on("close", (code, by) => done([code, by])));
      const address = await new Promise<string>((done) => {
        child.stdout.setEncoding("utf8").once("data", done);
      });
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
      expect((await fetch(address.trim())).status).toBe(200);
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(stderr).toContain("with the capture nested");
    }
  });

  test("what is no capture is said as verify says it", async () => {
    for (const path of ["test/data", "no/such", ""]) {
      const [lab, verify] = await Promise.all([run(["lab", path, "--port", "0"]), run(["verify", path])]);
      expect([lab.code, lab.stdout, lab.stderr]).toEqual([1, "", verify.stderr]);
    }
  });

  test("a port that is taken, and nonsense for a port or a host", async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const { port } = other.address() as { port: number };
    const taken = await run(["lab", "--port", String(port)]);
    other.close();
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringContaining(`port ${port} of 127.0.0.1 is in use`),
    ]);
    for (const nonsense of ["-1", "65536", "8o", "1.5", ""]) {
      const ran = await run(["lab", `--port=${nonsense}`]);
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("--port takes a whole number")]);
    }
    const away = await run(["lab", "--host", "192.0.2.1", "--port", "0"]);
    expect([away.code, away.stderr]).toEqual([1, expect.stringContaining("no address of this machine")]);
  });

  test("a page that is not built", async () => {
    await expect(listPage(join(temp.path, "nowhere"))).rejects.toThrow(/not built; run `npm run build`/);
    await expect(serveLab({ page: join(temp.path, "linked"), port: 0 })).rejects.toThrow(/not built/);
  });
});
