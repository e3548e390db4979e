// What a cue means. Its text comes from elsewhere: nothing in it is believed to have a type.

const text = (value) => (typeof value === "string" ? value : undefined);
const list = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;

/**
 * Reads the text of a cue: {kind, name, run, poll, data, …}.
 *
 * Questions are ours, or one of the two shapes that AWS documents: `question, answers, poll_id,
 * current_time` and `question, answers, correctIndex`.
 */
export function readCue(source) {
  let data;
  try {
    data = JSON.parse(source);
  } catch {
    return { kind: "text", name: source, data: source };
  }
  if (data === null || typeof data !== "object" || Array.isArray(data)) {
    return { kind: "data", name: "", data };
  }
  const common = {
    cue: text(data.cue), run: text(data.run) ?? "", poll: text(data.poll_id), data,
  };
  const question = text(data.question);
  const answers = list(data.answers);
  const correct = Number.isInteger(data.correctIndex) ? data.correctIndex : undefined;
  if (question !== undefined && answers?.length > 0 && answers.length <= 32) {
    const isTimed = typeof data.seconds === "number" && data.seconds >= 0;
    // The stage finds the same key by the same rule, in OpenQuestions.swift.
    const key = { run: common.run, cue: common.cue ?? common.poll ?? question };
    const seconds = isTimed ? data.seconds : undefined;
    const found = { question, answers, seconds, correct, key };
    return { ...common, kind: "question", name: question, ...found };
  }
  if (correct !== undefined) {
    return { ...common, kind: "reveal", name: text(data.answer) ?? "", correct };
  }
  const product = readProduct(data);
  if (product) return { ...common, kind: "product", name: product.name, product };
  const banner = text(data.text) ?? text(data.title) ?? text(data.message);
  if (banner !== undefined) return { ...common, kind: "banner", name: banner };
  return { ...common, kind: "data", name: text(data.type) ?? "" };
}

function readProduct(data) {
  const isNumbered = ["sku", "productId", "product_id"].some((key) => key in data);
  const isProduct = data.type === "product" || isNumbered;
  const name = text(data.name) ?? text(data.title) ?? text(data.productName);
  if (!isProduct || (name === undefined && data.type !== "product")) return undefined;
  const sku = data.sku ?? data.productId ?? data.product_id;
  const price = data.price ?? data.amount;
  const reduced = data.salePrice ?? data.discountedPrice;
  return {
    name: name ?? String(sku ?? "Product"),
    about: text(data.description) ?? text(data.text),
    sku: sku === undefined ? undefined : String(sku),
    price: readPrice(reduced ?? price, data.currency),
    before: reduced === undefined ? undefined : readPrice(price, data.currency),
    options: list(data.sizes) ?? list(data.options) ?? list(data.colors) ?? [],
    isGone: data.inStock === false || data.soldOut === true,
    link: readAddress(data.url ?? data.link),
    picture: readAddress(data.image ?? data.imageUrl ?? data.imageURL ?? data.imageLargeURL),
  };
}

function readPrice(price, currency) {
  if (typeof price === "string") return price;
  if (typeof price !== "number" || !Number.isFinite(price)) return undefined;
  if (typeof currency === "string") {
    try {
      return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(price);
    } catch {
      return `${price.toFixed(2)} ${currency}`;
    }
  }
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, digits).format(price);
}

/** An address of the web, never a script. */
function readAddress(value) {
  if (typeof value !== "string") return undefined;
  try {
    const url = new URL(value);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Tells cues that have been seen from new ones; those without a name are always new. */
export class Seen {
  #names = new Set();

  /** Whether this is the first time; a cue is one by its name and run. */
  isNew({ cue, run }) {
    if (cue === undefined) return true;
    const name = JSON.stringify([run, cue]);
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    return true;
  }
}
