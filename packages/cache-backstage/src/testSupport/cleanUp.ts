const undos: (() => Promise<unknown>)[] = [];

/** Has something undone when the test ends, whether it passed or not; what came last goes first. */
export function cleanUp(undo: () => Promise<unknown>): void {
  undos.push(undo);
}

afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});
