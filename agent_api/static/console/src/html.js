// Markup as tagged templates: no build step, and texts are only ever set as text.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
