// c-header: the records of linear memory as C structs, for the native twins of bench/native.
import { AGENTS_PTR, CORE_PTR, constants, enums, records } from "./schema.mjs";

const C_TYPE = { u8: "uint8_t", u16: "uint16_t", u32: "uint32_t", u64: "uint64_t" };

/** Text of bench/native/abi.h.  `layouts` have their offsets; the C compiler is asked whether it sees the same. */
export function forNative(layouts, hash, note) {
  const out = [
    "/* abi: the records of linear memory as C sees them, and the numbers that go with them.",
    " *",
    ` * ${note} */`,
    "#pragma once",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "",
    `#define ABI_HASH ${hash}u`,
    `#define CORE_PTR ${CORE_PTR}u`,
    `#define AGENTS_PTR ${AGENTS_PTR}u`,
  ];
  for (const [name, [value]] of Object.entries(constants)) out.push(`#define ${name} ${value}u`);
  for (const [name, e] of Object.entries(enums)) {
    const values = Object.entries(e.values).map(([key, [value]]) => `${name}_${key} = ${value}`);
    out.push("", `/* ${name}: ${e.text} */`, "enum {", ...values.map((v) => `  ${v},`), "};");
  }
  for (const layout of inOrder(layouts)) {
    out.push("", `/* ${layout.name}: ${layout.text} */`, `struct ${layout.name} {`);
    out.push(...members(layout), "};");
    for (const f of [...layout.fields, ...layout.tails])
      out.push(
        `_Static_assert(offsetof(struct ${layout.name}, ${f.field}) == ${f.offset}, "${layout.name}.${f.field}");`,
      );
    out.push(`_Static_assert(sizeof(struct ${layout.name}) == ${layout.sizeBytes}, "${layout.name}: size");`);
  }
  return `${out.join("\n")}\n`;
}

/** Fields in order; a group of equal ones can be picked by number as well. */
function members({ fields, tails, groups }) {
  const out = [];
  const declare = (f, indent) =>
    `${indent}${C_TYPE[f.type] ?? `struct ${f.type}`} ${f.field}${f.count ? `[${f.count}]` : ""};`;
  for (let i = 0; i < fields.length; ) {
    const group = groups.find(({ offset }) => offset === fields[i].offset);
    if (group === undefined) {
      out.push(declare(fields[i++], "  "));
      continue;
    }
    const run = fields.slice(i, i + group.count).map((f) => declare(f, "      "));
    out.push("  union {", "    struct {", ...run, "    };");
    out.push(`    ${C_TYPE[group.type]} ${group.group}[${group.count}];`, "  };");
    i += group.count;
  }
  return [...out, ...tails.map((t) => declare(t, "  "))];
}

/** C wants a record before those that hold it. */
function inOrder(layouts) {
  const sorted = [];
  const add = (layout) => {
    if (sorted.includes(layout)) return;
    for (const tail of layout.tails)
      if (records[tail.type]) add(layouts.find(({ name }) => name === tail.type));
    sorted.push(layout);
  };
  layouts.forEach(add);
  return sorted;
}
