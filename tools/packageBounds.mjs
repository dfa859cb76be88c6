/**
 * Upper bounds of each published package, a fifth to a half above its present size, so that growth is noticed but a fix needs no new bound.
 * A commit that raises a bound says what users get for it.
 *
 * - `unpackedBytes`: size of all files of the tarball, source maps included.
 * - `dependencies`: number of packages that npm installs with it, at any depth, required peers included.
 * - `modules`: number of files that Node loads when a backend requires it; a program without exports has none.
 * - `importRatio`: processor time of that import, as a multiple of that of `@backstage/backend-plugin-api`, which every backend loads.
 */
export const packageBounds = {
  '@greenroom/cache-backstage': { unpackedBytes: 390_000, dependencies: 190, modules: 105, importRatio: 3.3 },
  '@greenroom/cache-cli': { unpackedBytes: 2_300_000, dependencies: 75, modules: 480, importRatio: 12 },
  '@greenroom/cache-core': { unpackedBytes: 2_800_000, dependencies: 0, modules: 1, importRatio: 0.7 },
  '@greenroom/cache-memcache': { unpackedBytes: 360_000, dependencies: 8, modules: 20, importRatio: 1.5 },
  '@greenroom/cache-memory': { unpackedBytes: 140_000, dependencies: 2, modules: 4, importRatio: 1 },
  '@greenroom/cache-plugin': { unpackedBytes: 280_000, dependencies: 190, modules: 140, importRatio: 4.6 },
  '@greenroom/cache-redis': { unpackedBytes: 950_000, dependencies: 9, modules: 780, importRatio: 10 },
  '@greenroom/cache-valkey': { unpackedBytes: 1_050_000, dependencies: 14, modules: 65, importRatio: 3.2 },
  '@greenroom/create-cache-driver': { unpackedBytes: 70_000, dependencies: 0 },
};
