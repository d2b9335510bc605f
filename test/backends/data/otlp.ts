/** OTLP's form of text attributes. */
export function attributes(labels: Readonly<Record<string, string>>): unknown {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** Now, as OTLP and Loki write it. */
export function nanoseconds(): string {
  return `${Date.now()}000000`;
}
