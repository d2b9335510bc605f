/** Tells a screen reader, once for each text. */
export function announce(text: string): void {
  const announcer = document.getElementById('announcer');
  if (announcer && announcer.textContent !== text) announcer.textContent = text;
}

/** Remembers which rows there are; the answer marks those that have come since, for a moment. */
export function highlightArrivals(root: Element): () => void {
  const rows = (): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('tbody > tr:not(.details)')];
  const before = new Set(rows().map((row) => row.dataset.key));
  return () => {
    if (before.size === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const colour = getComputedStyle(root).getPropertyValue('--arrived');
    for (const row of rows())
      if (!before.has(row.dataset.key)) row.animate({ backgroundColor: [colour, 'transparent'] }, 2_500);
  };
}
