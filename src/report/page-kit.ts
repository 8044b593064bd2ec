/**
 * page-kit: what the scripts of the page share.
 *
 * Functions of this file, page-chart.ts and page-map.ts are put into the page as their own source text.  They must
 * refer to nothing outside themselves but the browser.
 */

/** What the page holds as JSON. */
export interface PageData {
  readonly chart: {
    readonly seconds: readonly number[];
    readonly series: readonly {
      readonly name: string;
      readonly slot: number;
      readonly pages: readonly number[];
    }[];
  };
  readonly map: {
    readonly firstPfn: number;
    readonly count: number;
    /** Varint pairs (owner, length of its run), base64. */
    readonly runs: string;
    readonly owners: readonly { readonly owner: number; readonly name: string; readonly slot: number }[];
  };
}

export function pageKit() {
  const data = JSON.parse(document.getElementById("report-data")?.textContent ?? "null") as PageData;
  const redraws: (() => void)[] = [];
  const redraw = () => {
    for (const each of redraws) each();
  };
  const onPaper = (isPrinting: boolean) => {
    document.documentElement.classList.toggle("print", isPrinting);
    redraw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => onPaper(true));
  addEventListener("afterprint", () => onPaper(false));

  return {
    data,
    /** Called whenever colours change. */
    onColours: (each: () => void) => redraws.push(each),
    colour: (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(),
    number: (value: number, digits = 0) =>
      value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    byId: <T extends HTMLElement>(id: string) => document.getElementById(id) as T | null,
    /** Owners, one byte a frame. */
    decodeOwners(): Uint8Array {
      const { runs, count } = data.map;
      const text = atob(runs);
      const owners = new Uint8Array(count);
      let at = 0;
      const varint = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
          const byte = text.charCodeAt(at++);
          value |= (byte & 127) << shift;
          if (!(byte & 128)) return value >>> 0;
        }
      };
      for (let frame = 0; at < text.length; ) {
        const owner = varint();
        const end = frame + varint();
        owners.fill(owner, frame, end);
        frame = end;
      }
      return owners;
    },
  };
}

export type PageKit = ReturnType<typeof pageKit>;
