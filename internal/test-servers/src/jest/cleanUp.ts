const undos: (() => Promise<unknown>)[] = [];

/** Runs `undo` when the current test ends, whether it passed or not. The last one added runs first. */
export function cleanUp(undo: () => Promise<unknown>): void {
  undos.push(undo);
}

afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});
