/**
 * json-check: JSON from anywhere, looked at field by field.
 *
 *   lookups.cells[3].samplesNs[0]: a number from 0.000001 to 1e12 is expected, "fast" is there
 */

/** What is wrong with a file, and where in it. */
export class RunFileError extends Error {
  override readonly name = "RunFileError";
  constructor(
    /** Path within the file; "" = the file itself. */
    readonly place: string,
    readonly reason: string,
  ) {
    super(place === "" ? reason : `${place}: ${reason}`);
  }
}

/** Throws RunFileError. */
export function parsed(text: string): Checked {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunFileError("", "the file is not JSON");
  }
  const file = new Checked(value, "");
  file.fields();
  return file;
}

/** A value and where it stands.  All methods throw RunFileError. */
export class Checked {
  constructor(
    readonly value: unknown,
    readonly path: string,
  ) {}

  #refuse(expected: string): never {
    throw new RunFileError(this.path, `${expected} is expected, ${said(this.value)} is there`);
  }

  fields(): object {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.#refuse("an object");
    return value;
  }

  /** A field of its own: what every object inherits is none. */
  has(key: string): boolean {
    return Object.hasOwn(this.fields(), key);
  }

  field(key: string): Checked {
    const path = this.path === "" ? key : `${this.path}.${key}`;
    if (!this.has(key)) throw new RunFileError(path, "is missing");
    return new Checked((this.value as Record<string, unknown>)[key], path);
  }

  list<T>(most: number, each: (item: Checked) => T, least = 0): T[] {
    const { value } = this;
    if (!Array.isArray(value)) this.#refuse("a list");
    if (value.length > most)
      throw new RunFileError(this.path, `has ${value.length} entries, ${most} are the most`);
    if (value.length < least)
      throw new RunFileError(this.path, `has ${value.length} entries, ${least} are the least`);
    return value.map((item, i) => each(new Checked(item, `${this.path}[${i}]`)));
  }

  text(most: number): string {
    const { value } = this;
    if (typeof value !== "string" || value.length > most)
      this.#refuse(`a text of at most ${most} characters`);
    return value;
  }

  number(from: number, to: number): number {
    const { value } = this;
    if (typeof value !== "number" || !(value >= from && value <= to))
      this.#refuse(`a number from ${from} to ${to}`);
    return value;
  }

  flag(): boolean {
    const { value } = this;
    if (typeof value !== "boolean") this.#refuse("true or false");
    return value;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) this.#refuse(`one of ${choices.join(", ")}`);
    return found;
  }
}

/** A value as a message names it, short. */
function said(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
