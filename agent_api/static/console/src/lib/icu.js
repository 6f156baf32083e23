// The part of ICU MessageFormat that our messages use: {name}, {n, number}, {n, plural, =0 {…} one {…} other {… # …}} and
// {x, select, a {…} other {…}}, nested. No skeletons, no quoting: an apostrophe is an apostrophe.

/** @typedef {{kind: "value" | "number" | "hash", name: string}} Place */
/** @typedef {{kind: "plural" | "select", name: string, cases: Map<string, Part[]>}} Choice */
/** @typedef {string | Place | Choice} Part */

/** @type {Map<string, Part[]>} */
const parsed = new Map();

/**
 * The message with its values put in.
 * @param {string} message
 * @param {Record<string, any>} values
 * @param {string} language A BCP 47 tag, for plurals and numbers.
 */
export function format(message, values, language) {
  if (!message.includes("{")) return message;
  let parts = parsed.get(message);
  if (parts === undefined) {
    parts = new Reader(message).parts("");
    parsed.set(message, parts);
  }
  return written(parts, values, language, 0);
}

/**
 * @param {Part[]} parts
 * @param {Record<string, any>} values
 * @param {string} language
 * @param {number} hash
 * @returns {string}
 */
function written(parts, values, language, hash) {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      const value = values[part.name];
      if (part.kind === "value") return String(value ?? "");
      if (part.kind === "hash") return number(hash, language);
      if (part.kind === "number") return number(Number(value), language);
      const { kind, cases } = /** @type {Choice} */ (part);
      const chosen = kind === "plural" ? plural(cases, Number(value), language) : cases.get(String(value));
      return written(chosen ?? cases.get("other") ?? [], values, language, kind === "plural" ? Number(value) : hash);
    })
    .join("");
}

/** @param {number} value @param {string} language */
function number(value, language) {
  return new Intl.NumberFormat(language).format(value);
}

/** @param {Map<string, Part[]>} cases @param {number} value @param {string} language */
function plural(cases, value, language) {
  return cases.get(`=${value}`) ?? cases.get(new Intl.PluralRules(language).select(value));
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** Reads up to the brace that closes this level. @param {string} counted @returns {Part[]} */
  parts(counted) {
    /** @type {Part[]} */
    const found = [];
    let plain = "";
    const flush = () => {
      if (plain !== "") found.push(plain);
      plain = "";
    };
    while (this.at < this.text.length && this.text[this.at] !== "}") {
      const sign = this.text[this.at++];
      if (sign === "{") {
        flush();
        found.push(this.argument());
      } else if (sign === "#" && counted !== "") {
        flush();
        found.push({ kind: "hash", name: counted });
      } else plain += sign;
    }
    flush();
    return found;
  }

  /** @returns {Part} */
  argument() {
    const name = this.word();
    if (this.take("}")) return { kind: "value", name };
    this.expect(",");
    const kind = this.word();
    if (kind === "number") {
      this.expect("}");
      return { kind, name };
    }
    if (kind !== "plural" && kind !== "select") throw new SyntaxError(`${kind} is not known: ${this.text}`);
    this.expect(",");
    const cases = new Map();
    while (!this.take("}")) {
      const label = this.word();
      this.expect("{");
      cases.set(label, this.parts(kind === "plural" ? name : ""));
      this.expect("}");
    }
    if (!cases.has("other")) throw new SyntaxError(`other is missing: ${this.text}`);
    return { kind, name, cases };
  }

  word() {
    const found = /^\s*([=\w]+)\s*/.exec(this.text.slice(this.at));
    if (found === null) throw new SyntaxError(`a word is missing at ${this.at}: ${this.text}`);
    this.at += found[0].length;
    return found[1];
  }

  /** @param {string} sign */
  take(sign) {
    const space = /^\s*/.exec(this.text.slice(this.at))?.[0].length ?? 0;
    if (this.text[this.at + space] !== sign) return false;
    this.at += space + 1;
    return true;
  }

  /** @param {string} sign */
  expect(sign) {
    if (this.text[this.at] === sign) this.at += 1;
    else if (!this.take(sign)) throw new SyntaxError(`${sign} is missing at ${this.at}: ${this.text}`);
    if (sign === ",") this.at += /^\s*/.exec(this.text.slice(this.at))?.[0].length ?? 0;
  }
}
