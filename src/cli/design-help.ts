/** design-help: the owner designs, for the help of commands that take their names. */
import { DESIGNS } from "../designs.js";

const WIDTH = Math.max(...DESIGNS.map(({ name }) => name.length));

export const DESIGN_HELP = `
Owner designs:
${DESIGNS.map(({ name, title, from }) => `  ${name.padEnd(WIDTH)}  ${title} (${from})`).join("\n")}
`;
