// A process that keeps one core busy until its parent is gone.

const SLICE_MS = 50;

function spin(): void {
  const until = performance.now() + SLICE_MS;
  while (performance.now() < until);
  setImmediate(spin);
}

process.on('disconnect', () => process.exit(0));
spin();
