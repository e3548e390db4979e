// What is inside fragmented MP4 for a page: boxes, event messages, ID3 tags and codecs.

const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");
const utf16 = new TextDecoder("utf-16le");
const utf16be = new TextDecoder("utf-16be");

const schemes = ["https://aomedia.org/emsg/ID3", "https://developer.apple.com/streaming/emsg-id3"];

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Cuts a stream of bytes into whole top-level boxes. */
export class BoxReader {
  #rest = new Uint8Array(0);

  /** The boxes that are complete with these bytes: {type, bytes}. */
  read(chunk) {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
    }
    const boxes = [];
    let position = 0;
    while (bytes.length - position >= 8) {
      const size = view(bytes).getUint32(position);
      if (size < 8) throw new Error("a box of the stream has no size");
      if (position + size > bytes.length) break;
      const box = bytes.subarray(position, position + size);
      boxes.push({ type: latin1.decode(box.subarray(4, 8)), bytes: box });
      position += size;
    }
    this.#rest = bytes.slice(position);
    return boxes;
  }
}

/** The cues of an `emsg` box: {text, start}; none where it carries something else. */
export function readEventMessage(bytes) {
  const data = view(bytes);
  if (bytes.length < 32 || bytes[8] !== 1) return [];
  const start = Number(data.getBigUint64(16)) / data.getUint32(12);
  let position = 32;
  const readText = () => {
    const end = bytes.indexOf(0, position);
    if (end < 0) return "";
    const text = latin1.decode(bytes.subarray(position, end));
    position = end + 1;
    return text;
  };
  const scheme = readText();
  readText();
  if (!schemes.includes(scheme)) return [];
  return readTag(bytes.subarray(position)).map((text) => ({ text, start }));
}

/** The texts of an ID3v2.3 or v2.4 tag's TXXX and TIT2 frames. */
export function readTag(bytes) {
  const texts = [];
  if (latin1.decode(bytes.subarray(0, 3)) !== "ID3" || bytes.length < 10) return texts;
  const syncsafe = (at) =>
    (bytes[at] << 21) | (bytes[at + 1] << 14) | (bytes[at + 2] << 7) | bytes[at + 3];
  const end = Math.min(bytes.length, 10 + syncsafe(6));
  let position = 10;
  while (position + 10 <= end) {
    const id = latin1.decode(bytes.subarray(position, position + 4));
    const size = bytes[3] === 4 ? syncsafe(position + 4) : view(bytes).getUint32(position + 4);
    const content = bytes.subarray(position + 10, position + 10 + size);
    if (size === 0 || position + 10 + size > end) break;
    if (id === "TXXX") texts.push(readUserText(content));
    if (id === "TIT2") texts.push(decode(content[0], content.subarray(1)));
    position += 10 + size;
  }
  return texts;
}

/** The value behind the description of a TXXX frame. */
function readUserText(content) {
  const step = content[0] === 1 || content[0] === 2 ? 2 : 1;
  for (let at = 1; at + step <= content.length; at += step) {
    if (content[at] === 0 && (step === 1 || content[at + 1] === 0)) {
      return decode(content[0], content.subarray(at + step));
    }
  }
  return "";
}

function decode(encoding, bytes) {
  const isSwapped = encoding === 2 || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const decoder = { 0: latin1, 1: isSwapped ? utf16be : utf16, 2: utf16be }[encoding] ?? utf8;
  return decoder.decode(bytes).replace(/\0+$/, "");
}

/** The type of a stream for MediaSource, from its `moov` box. */
export function readType(moov) {
  const codecs = [];
  const text = latin1.decode(moov);
  const avc = text.indexOf("avcC");
  if (avc >= 0) {
    const profile = moov.subarray(avc + 5, avc + 8);
    codecs.push("avc1." + [...profile].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  if (text.includes("mp4a")) codecs.push("mp4a.40.2");
  return `video/mp4; codecs="${codecs.join(",")}"`;
}
