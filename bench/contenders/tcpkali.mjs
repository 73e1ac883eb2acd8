import { find } from './find.mjs';

export const tcpkali = {
  name: 'tcpkali',
  missing: () => (find('tcpkali') === null ? 'not installed' : null),
  command({ url, connections, connectsPerS, messagesPerS, seconds, bytes }) {
    const { protocol, host } = new URL(url);
    const talk = messagesPerS > 0 ? ['-r', String(messagesPerS), '-m', '.'.repeat(bytes)] : [];
    return {
      command: find('tcpkali'),
      args: [
        ...['--ws', ...(protocol === 'wss:' ? ['--ssl'] : []), '-c', String(connections)],
        ...[
          '--connect-rate',
          String(connectsPerS),
          '-T',
          `${connections / connectsPerS + seconds}s`,
          ...talk,
        ],
        host,
      ],
    };
  },
  roundTrip: () => 'not asked',
};
