const ASCII = /^[\x20-\x7e]*$/;
// A mark on the letter before it, or a sign that only says how others are shown
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
// unicode.org/reports/tr11: East Asian scripts, their punctuation and full-width forms; and pictures
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** Returns how many columns of a terminal a text takes; it must have no control characters. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    width += NOTHING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
}
