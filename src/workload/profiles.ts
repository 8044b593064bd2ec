/**
 * profiles: the shapes of committed captures, for use without the captures.  `tools/profiles.mjs` makes them.
 */
import { HUGE_PROFILE } from "./profile-huge.js";
import { NESTED_PROFILE } from "./profile-nested.js";
import type { ShapeProfile } from "./shape-profile.js";

export const PROFILES: Readonly<Record<string, ShapeProfile>> = {
  nested: NESTED_PROFILE,
  huge: HUGE_PROFILE,
};
