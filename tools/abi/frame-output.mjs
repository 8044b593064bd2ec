// frame-output: what the generator writes about frame layouts, for the core, the host and readers.
import { classOf, constantOf, frameLayouts, ownerBytesOf } from "./frame-layouts.mjs";

/** Letters of the drawing, one for each byte of a field. */
const LETTER = {
  lruNext: "N",
  lruPrev: "P",
  flags: "F",
  order: "O",
  lru: "L",
  memcgId: "W",
  mapCount: "M",
};

const fieldsOf = (layout) => layout.fields.filter(({ field }) => !field.startsWith("reserved"));

/** What a layout is called, in the core and elsewhere, and the bytes that the owner takes in it. */
export function frameClass(number) {
  const source = frameLayouts[number - 1];
  return {
    className: source ? classOf(source.name) : "CompactFrame",
    constant: source ? constantOf(source.name) : "COMPACT",
    name: source?.name ?? "compact",
    ownerBytes: source ? ownerBytesOf(source) : 2,
  };
}

/** Constants inside a class: what the engine asks its layout at compile time. */
export function frameStatics(number) {
  const { constant, ownerBytes } = frameClass(number);
  return [
    `  static readonly LAYOUT: u32 = FrameLayout.${constant};`,
    "  /** Bytes of a record that the owner takes */",
    `  static readonly OWNER_BYTES: u32 = ${ownerBytes};`,
  ];
}

/** After the classes: the one that this module uses. */
export const FRAME_CHOICE = [
  "/** The descriptor of this build: one of the classes above, chosen by `--use FrameRecord=…`. */",
  "export type PageFrame = FrameRecord;",
  "export const PAGE_FRAME_BYTES: u32 = offsetof<FrameRecord>();",
  "export const FRAME_OWNER_BYTES: u32 = FrameRecord.OWNER_BYTES;",
  "export const FRAME_LAYOUT: u32 = FrameRecord.LAYOUT;",
];

/** The host's table: offsets by the number that a module exports. */
export function frameTable(frames) {
  const names = fieldsOf(frames[0]).map(({ field }) => field);
  const out = [
    "",
    "/** Bytes of each field of the compact record; elsewhere the owner takes 4. */",
    `export const FRAME_FIELD_BYTES = { ${fieldsOf(frames[0])
      .map(({ field, type }) => `${field}: ${Number(type.slice(1)) / 8}`)
      .join(", ")} } as const;`,
    "",
    "/** Where a frame layout keeps the fields of a page frame: byte offsets. */",
    "export interface FrameOffsets {",
    "  readonly name: string;",
    "  readonly sizeBytes: number;",
    "  /** Bytes of the record that the owner takes; 0 where there is no place for it. */",
    "  readonly ownerBytes: number;",
    ...names.map((name) =>
      name === "memcgId"
        ? "  /** undefined where there is no place for it. */\n  readonly memcgId: number | undefined;"
        : `  readonly ${name}: number;`,
    ),
    "}",
    "",
    "/** Frame layouts by their number, a FrameLayout. */",
    "export const FRAME_LAYOUTS: readonly FrameOffsets[] = [",
  ];
  frames.forEach((layout, number) => {
    const { name, ownerBytes } = frameClass(number);
    const fields = new Map(fieldsOf(layout).map(({ field, offset }) => [field, offset]));
    const offsets = names.map((field) => `${field}: ${fields.get(field)},`).join(" ");
    out.push(`  { name: "${name}", sizeBytes: ${layout.sizeBytes}, ownerBytes: ${ownerBytes}, ${offsets} },`);
  });
  out.push(
    "];",
    "",
    "/** First byte and length of everything that the engine never touches in a record, by the layout's number. */",
    "export const FRAME_RESERVED: readonly (readonly (readonly [number, number])[])[] = [",
    ...frames.map(
      (layout, number) => `  // ${frameClass(number).name}\n  ${JSON.stringify(runsOf(layout))},`,
    ),
    "];",
  );
  return out;
}

/** Reserved bytes as few runs: [first, length]. */
function runsOf(layout) {
  const runs = [];
  for (const { field, type, offset } of layout.fields) {
    if (!field.startsWith("reserved")) continue;
    const bytes = Number(type.slice(1)) / 8;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === offset) last[1] += bytes;
    else runs.push([offset, bytes]);
  }
  return runs;
}

/** A picture of each: 8 bytes a row, a letter for a byte of a field, a dot for one that the kernel had and we leave zero. */
export function frameDrawings(frames) {
  const out = ["", "## Frame layouts", ""];
  out.push(
    "Descriptors of other kernels, for benchmarks (`tools/layouts.json`): the engine keeps its fields in the words where that",
    "kernel kept their counterparts, and leaves the rest zero. Rows are 8 bytes; a letter is a byte of a field, a dot a byte of",
    "the kernel's that the engine never touches.",
    "",
    `${Object.entries(LETTER)
      .map(([field, letter]) => `${letter} \`${field}\``)
      .join(" · ")}`,
  );
  frames.forEach((layout, number) => {
    const source = frameLayouts[number - 1];
    if (!source) return;
    const letters = new Array(layout.sizeBytes).fill("·");
    for (const { field, type, offset } of fieldsOf(layout))
      letters.fill(LETTER[field], offset, offset + Number(type.slice(1)) / 8);
    out.push(
      "",
      `### ${number}: ${source.name}, ${source.sizeBytes} bytes`,
      "",
      `${source.text}.`,
      "",
      "```",
    );
    const words = [];
    for (const [word, bytes] of source.words) {
      const from = words.at(-1)?.to ?? 0;
      words.push({ word, from, to: from + bytes });
    }
    for (let row = 0; row < layout.sizeBytes; row += 8) {
      const cells = letters
        .slice(row, row + 8)
        .join(" ")
        .padEnd(15);
      const names = words
        .filter(({ from, to }) => from < row + 8 && to > row)
        .map(({ word, from }) => (from < row ? `(${word})` : word));
      out.push(`${String(row).padStart(4)}  ${cells}  ${names.join(", ")}`);
    }
    out.push("```");
  });
  return out;
}
