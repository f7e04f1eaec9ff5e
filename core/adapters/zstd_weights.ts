/**
 * Returns whether fzstd would never return from a block's content: it decodes Huffman weights until
 * their bits are used up, and with a table that holds one symbol only they never are.
 * zstd itself takes such a block for corrupt, so no sound archive has one.
 */
export function hasEndlessWeights(content: Uint8Array): boolean {
  const first = content[0] ?? 0;
  if ((first & 3) !== 2) return false; // RFC 8878 3.1.1.3.1.1: no Huffman tree of its own
  const treeStart = [3, 3, 4, 5][(first >> 2) & 3] ?? 0;
  const tree = content.subarray(treeStart, treeStart + 129);
  if ((tree[0] ?? 0) >= 128) return false; // 4.2.1.1: weights as they are
  return hasOneSymbol(tree.subarray(1));
}

/** RFC 8878 4.1.1: probabilities, which add up to the size of the table. */
function hasOneSymbol(table: Uint8Array): boolean {
  let place = 0;
  const look = (bits: number) => {
    const [low = 0, middle = 0, high = 0] = table.subarray(place >> 3, (place >> 3) + 3);
    return ((low | (middle << 8) | (high << 16)) >> (place & 7)) & ((1 << bits) - 1);
  };
  const accuracy = look(4) + 5;
  if (accuracy > 6) return false; // 4.2.1.2: refused by fzstd too
  const size = 1 << accuracy;
  place = 4;
  while (place < table.length * 8) {
    let value = look(accuracy);
    place += accuracy;
    // Values from size - 2 on take a bit more
    if (value >= size - 2) {
      place -= accuracy;
      value = look(accuracy + 1);
      place += accuracy + 1;
      if (value >= size) value -= size - 2;
    }
    const probability = value - 1;
    if (probability !== 0) return probability === size;
    // How many more symbols have none, in twos of bits of which 3 says that another two follow
    while (look(2) === 3 && place < table.length * 8) place += 2;
    place += 2;
  }
  return false;
}
