/**
 * Text from outside as it may be shown on a terminal and in a line of a log: what moves the cursor, colours, rings,
 * begins a new line or turns the direction of reading is spelt out as `\u001b`.
 */

/**
 * C0 and C1 controls but the tab, DEL, soft hyphen, marks and overrides of direction, zero-width blanks, separators of lines and
 * paragraphs, byte order marks, annotations, tags, and halves of surrogate pairs.
 */
const kUnprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

export function plainText(text: string): string {
  return text.replace(kUnprintable, escaped);
}

/** The escapes of JSON and of JavaScript, one for each half of a pair. */
function escaped(sign: string): string {
  return [...Array(sign.length).keys()].map((at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
}
