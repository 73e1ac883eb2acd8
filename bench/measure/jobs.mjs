/**
 * The runs from whose differences each figure comes. The first is the least that a tool can do, so what starting it
 * costs is in no figure per connection or message.
 */

/** Of `all` connections; the flood asks for 200,000 messages a second, over few. */
export function jobsOf(all, seconds) {
  const idle = { connections: all, connectsPerS: 2000, messagesPerS: 0, bytes: 64, seconds };
  return {
    base: { ...idle, connections: 1 },
    idle,
    talk: { ...idle, messagesPerS: 1 },
    flood: { ...idle, connections: 100, messagesPerS: 2000, seconds: 5 },
  };
}
