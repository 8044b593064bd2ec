/**
 * lab-server: serves the built laboratory to browsers, with the headers that it needs, and a capture beside it.
 *
 *   GET /               index.html, with <meta name="pageledger-capture"> where there is a capture
 *   GET /assets/…       scripts and styles; named by their content, kept for ever
 *   GET /wasm/… /captures/…
 *   GET /capture/NAME   the user's own files, as they are
 *
 * INVARIANTS  L1  Reads only: GET and HEAD of listed files (lab-files).
 *             L2  Answers only to its own name: a foreign page whose domain was turned to this address is refused.
 * COST        Text and wasm are packed at the first request and kept; captures are streamed.
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";
import {
  LAB_PAGE,
  LabServerError,
  listCapture,
  listPage,
  type ServedCapture,
  type ServedFiles,
} from "./lab-files.js";
import { cacheOf, headersOfAll, isPackable, typeOf } from "./lab-headers.js";

export interface LabServerOptions {
  /** Folder of a capture, or a trace. */
  readonly capture?: string | undefined;
  /** Name or address to listen at; 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0 = any that is free; left out: 8017 or one of the next free ones. */
  readonly port?: number | undefined;
  /** false: without the headers of isolation, as a server that knows nothing of them. */
  readonly isolated?: boolean | undefined;
  /** Folder of the built page; that of this package. */
  readonly page?: string | undefined;
}

export interface LabServer {
  /** "http://127.0.0.1:8017" */
  readonly origin: string;
  readonly capture: ServedCapture | undefined;
  /** Ends it, and what is still being sent. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const PORT = 8017;
const PORTS_TRIED = 20;

/** Listens once this is settled.  Throws CaptureError, LabServerError. */
export async function serveLab(options: LabServerOptions = {}): Promise<LabServer> {
  const host = options.host ?? HOST;
  const capture = options.capture === undefined ? undefined : await listCapture(options.capture);
  const page = await listPage(options.page ?? LAB_PAGE);
  const files = new Map([...page, ...(capture?.files ?? [])]);
  const site = new Site(files, capture?.told, headersOfAll(options.isolated ?? true));
  const server = createServer((request, response) => {
    site.answer(request, response, isOwnName(request, host)).catch(() => response.destroy());
  });
  const listen = (port: number) =>
    new Promise<void>((done, failed) => {
      server.once("error", failed);
      server.listen(port, host, () => {
        server.off("error", failed);
        done();
      });
    });
  await firstFree(listen, options.port, host);
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
    capture: capture?.told,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function firstFree(
  listen: (port: number) => Promise<void>,
  wanted: number | undefined,
  host: string,
): Promise<void> {
  for (let port = wanted ?? PORT; ; port++)
    try {
      await listen(port);
      return;
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "EADDRINUSE" && wanted === undefined && port < PORT + PORTS_TRIED - 1) continue;
      throw new LabServerError(refusal(code, port, host), { cause: error });
    }
}

function refusal(code: string, port: number, host: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} of ${host} is in use; choose another by --port, or 0 for any`;
    case "EACCES":
      return `port ${port} may not be used by this user; choose one from 1024 on`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is no address of this machine (${code}); --host takes one, or leave it out`;
    default:
      return `port ${port} of ${host} cannot be listened at (${code})`;
  }
}

/** Whether a request names this server: localhost, the address it came in at, or the host that was asked for. */
function isOwnName({ headers, socket }: IncomingMessage, host: string): boolean {
  const name = (headers.host ?? "")
    .replace(/:\d*$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (name === "localhost" || name === "127.0.0.1" || name === "::1") return true;
  return (
    name !== "" && (name === host.toLowerCase() || name === socket.localAddress?.replace(/^::ffff:/, ""))
  );
}

const pack = {
  br: (body: Buffer) =>
    promisify(brotliCompress)(body, {
      params: { [zlib.BROTLI_PARAM_QUALITY]: 5, [zlib.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
  gzip: promisify(gzip) as (body: Buffer) => Promise<Buffer>,
};
type Packing = keyof typeof pack;

interface Body {
  readonly bytes: Buffer;
  readonly etag: string;
}

class Site {
  readonly #files: ServedFiles;
  readonly #capture: ServedCapture | undefined;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #bodies = new Map<string, Promise<Body>>();

  constructor(
    files: ServedFiles,
    capture: ServedCapture | undefined,
    headers: Readonly<Record<string, string>>,
  ) {
    this.#files = files;
    this.#capture = capture;
    this.#headers = headers;
  }

  async answer(request: IncomingMessage, response: ServerResponse, isOwnName: boolean): Promise<void> {
    for (const [name, value] of Object.entries(this.#headers)) response.setHeader(name, value);
    if (!isOwnName) return say(response, 421, "This server answers to localhost and to its --host only.");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return say(response, 405, "Only GET and HEAD.");
    }
    const name = nameIn(request.url ?? "");
    if (name === undefined) return say(response, 400, "The address cannot be read.");
    const path = this.#files.get(name);
    if (path === undefined) return say(response, 404, "There is no such file.");
    response.setHeader("Content-Type", typeOf(name));
    response.setHeader("Cache-Control", cacheOf(name));
    if (isPackable(name)) return this.#sendPacked(request, response, name, path);
    return stream(request, response, path);
  }

  async #sendPacked(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    path: string,
  ): Promise<void> {
    const packing = packingFor(request.headers["accept-encoding"]);
    const body = await this.#body(name, path, packing).catch(() => undefined);
    if (body === undefined) return say(response, 404, "The file is gone.");
    response.setHeader("Vary", "Accept-Encoding");
    response.setHeader("ETag", body.etag);
    if (request.headers["if-none-match"] === body.etag) {
      response.writeHead(304).end();
      return;
    }
    if (packing !== undefined) response.setHeader("Content-Encoding", packing);
    response.setHeader("Content-Length", body.bytes.length);
    response.writeHead(200).end(request.method === "HEAD" ? undefined : body.bytes);
  }

  #body(name: string, path: string, packing: Packing | undefined): Promise<Body> {
    const key = `${packing ?? ""} ${name}`;
    let body = this.#bodies.get(key);
    if (body === undefined) {
      body = this.#make(name, path, packing);
      this.#bodies.set(key, body);
      body.catch(() => this.#bodies.delete(key));
    }
    return body;
  }

  async #make(name: string, path: string, packing: Packing | undefined): Promise<Body> {
    let bytes: Buffer = await readFile(path);
    if (name === "index.html" && this.#capture !== undefined)
      bytes = Buffer.from(withCapture(bytes.toString("utf8"), this.#capture));
    if (packing !== undefined) bytes = await pack[packing](bytes);
    const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
    return { bytes, etag: `"${hash}"` };
  }
}

/** Name of a file in an address as it was sent; undefined where that is none of ours or nonsense. */
function nameIn(url: string): string | undefined {
  const [path = ""] = url.split(/[?#]/, 1);
  if (!path.startsWith("/")) return undefined;
  try {
    return decodeURIComponent(path.slice(1)) || "index.html";
  } catch {
    return undefined;
  }
}

function packingFor(accepted: string | string[] | undefined): Packing | undefined {
  const taken = new Set(
    String(accepted ?? "")
      .split(",")
      .filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one))
      .map((one) => one.split(";", 1)[0]!.trim()),
  );
  return (["br", "gzip"] as const).find((packing) => taken.has(packing));
}

/** The page, told of the capture it is served with. */
export function withCapture(html: string, capture: ServedCapture): string {
  const content = JSON.stringify(capture).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  return html.replace("</head>", () => `<meta name="pageledger-capture" content="${content}" />\n  </head>`);
}

async function stream(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return say(response, 404, "The file is gone.");
  try {
    const { size } = await file.stat();
    response.setHeader("Content-Length", size);
    response.writeHead(200);
    if (request.method === "HEAD" || size === 0) response.end();
    else await pipeline(file.createReadStream({ start: 0, end: size - 1, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.setHeader("Cache-Control", "no-store");
  response.writeHead(status).end(response.req.method === "HEAD" ? undefined : `${text}\n`);
}
