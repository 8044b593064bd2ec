/**
 * lab-headers: what a server says with each file of the laboratory.
 *
 * The page may run its own scripts and wasm and read its own origin; nothing else, and nobody may frame it.  The policy
 * is also in the built page, for servers that send no headers; isolation cannot be had that way.
 */
import { CAPTURE_PREFIX } from "./lab-files.js";

/** The Content-Security-Policy of the page, as far as a <meta> may say it. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Shared memory and a fine clock are only for pages that have cut themselves off from others. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
} as const;

const ALWAYS = {
  "Content-Security-Policy": `${PAGE_POLICY}; frame-ancestors 'none'`,
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Accept-Ranges": "none",
} as const;

export function headersOfAll(isolated: boolean): Readonly<Record<string, string>> {
  return isolated ? { ...ALWAYS, ...ISOLATION } : ALWAYS;
}

/** By the ending of the name; anything else is bytes, as are the user's own files, whatever they are called. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
};
const OTHER = "application/octet-stream";

export function typeOf(name: string): string {
  if (name.startsWith(CAPTURE_PREFIX)) return OTHER;
  return TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? OTHER;
}

/** Whether packing a file on its way is worth it. */
export function isPackable(name: string): boolean {
  return typeOf(name) !== OTHER;
}

/** Names in assets/ hold a hash of what is in the file; all others are asked for again each time. */
export function cacheOf(name: string): string {
  return name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}
