// check-module: what the build refuses, in modules of a few bytes.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DESIGNS } from "./harness.js";

const tool = new URL("../../../tools/check-module.mjs", import.meta.url).href;
const { faultsOf } = (await import(tool)) as { faultsOf: (bytes: Uint8Array, shared?: boolean) => string[] };

const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;
const section = (id: number, ...contents: number[]) => [id, contents.length, ...contents];
const moduleOf = (...sections: number[][]) => new Uint8Array([...HEAD, ...sections.flat()]);
/** i32.const 0, end */
const ZERO = [0x41, 0, 0x0b];
const memory = section(5, 1, 0, 1);
const noFunction = [section(1, 1, 0x60, 0, 0), section(3, 1, 0)];
const code = section(10, 1, 2, 0, 0x0b);
const letter = "a".charCodeAt(0);

test("data segments, mutable globals, own or imported, and a start function", () => {
  const cases: [Uint8Array<ArrayBuffer>, string[]][] = [
    [moduleOf(memory), []],
    [moduleOf(section(6, 2, I32, 0, ...ZERO, I32, 0, ...ZERO)), []],
    [moduleOf(section(6, 2, I32, 0, ...ZERO, I32, 1, ...ZERO)), ["mutable globals"]],
    [moduleOf(section(2, 1, 1, letter, 1, letter, 3, I32, 0)), []],
    [moduleOf(section(2, 1, 1, letter, 1, letter, 3, I32, 1)), ["mutable globals"]],
    [moduleOf(...noFunction, section(8, 0), code), ["a start function"]],
    [moduleOf(memory, section(11, 1, 0, ...ZERO, 1, 42)), ["data segments"]],
  ];
  for (const [bytes, faults] of cases) {
    expect(WebAssembly.validate(bytes)).toBe(true);
    expect(faultsOf(bytes)).toEqual(faults);
  }
});

test("a function that waits and does anything else", () => {
  const [wait, i32Add, drop, ret, end] = [[0xfe, 1, 2, 0], 0x6a, 0x1a, 0x0f, 0x0b] as const;
  const get = (number: number) => [0x20, number];
  const operands = [...get(0), ...get(1), ...get(2)];
  /** One function of (i32, i32, i64) that answers an i32, with a shared memory. */
  const bytesOf = (...body: number[]) =>
    moduleOf(
      section(1, 1, 0x60, 3, I32, I32, 0x7e, 1, I32),
      section(3, 1, 0),
      section(5, 1, 3, 1, 1),
      section(10, 1, body.length + 1, 0, ...body),
    );
  const among = ["a wait among other code"];
  const cases: [Uint8Array<ArrayBuffer>, string[]][] = [
    [bytesOf(...operands, ...wait, end), []],
    [bytesOf(...get(0), 0x41, 7, 0x42, 7, ...wait, ret, end), []],
    // Bytes like those of a wait within a number: 254, and 1 behind it.
    [bytesOf(0x41, 0xfe, 1, end), []],
    [bytesOf(...get(1), ...operands, ...wait, i32Add, end), among],
    [bytesOf(...get(0), drop, ...operands, ...wait, end), among],
    [bytesOf(...operands, ...wait, drop, ...get(0), end), among],
  ];
  for (const [bytes, faults] of cases) {
    expect(WebAssembly.validate(bytes)).toBe(true);
    expect(faultsOf(bytes)).toEqual(faults);
  }
});

test("what modules for a shared memory import, and others do not", () => {
  const env = [1, letter];
  const memoryOf = (flags: number) => [...env, 1, "m".charCodeAt(0), 2, flags, 1, 2];
  const agent = [...env, 5, ...Buffer.from("agent"), 3, I32, 0];
  const shared = moduleOf(section(2, 2, ...memoryOf(3), ...agent));
  const single = moduleOf(section(2, 1, ...memoryOf(1)));
  expect([faultsOf(shared, true), faultsOf(single, false)]).toEqual([[], []]);
  expect(faultsOf(shared, false)).toEqual(["a shared memory", "an agent"]);
  expect(faultsOf(single, true)).toEqual(["a memory of its own", "no agent"]);
  expect(faultsOf(moduleOf(memory), false)).toEqual(["no imported memory"]);
  for (const bytes of [shared, single]) expect(WebAssembly.validate(bytes)).toBe(true);
});

test.each(DESIGNS.flatMap(({ name }) => [name, `shared/${name}`, `debug/shared-${name}`]))("%s", (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(`../../../build/${name}.wasm`, import.meta.url)));
  expect(faultsOf(bytes, name.includes("shared"))).toEqual([]);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const agent = name.includes("shared") ? [{ module: "env", name: "agent", kind: "global" }] : [];
  expect(imports).toHaveLength(1 + agent.length);
  expect(imports).toEqual(
    expect.arrayContaining([{ module: "env", name: "memory", kind: "memory" }, ...agent]),
  );
});
