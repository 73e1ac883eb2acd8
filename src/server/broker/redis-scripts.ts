/**
 * What Redis does in one step each: a script runs alone. A room is two keys, which expire together when the room has
 * been silent for long:
 *
 *     <prefix>:{<room>}:head   hash: epoch, seq, bytes that are kept, run of the server that numbered
 *     <prefix>:{<room>}:kept   list, or stream: the latest messages, as they were published
 *     <prefix>:{<room>}        the channel, where messages go through one
 *
 * A message is `<epoch> <seq> <0|1: binary>`, a line feed, and the payload. In a stream it is the field `m` of the
 * entry `<epoch>-<seq>`, so a place in the stream is a place in the room.
 *
 * A Redis that was restarted may come back with an older state of its keys, and would then give out numbers for the
 * second time. So a room whose numbers are of another run of the server begins a new epoch.
 */

import type { RedisCarrier } from '../../model/scenario.ts';

/** Arguments of all: the server's run id, milliseconds to live. */
const OPEN = `
local head, kept = KEYS[1], KEYS[2]
local known = redis.call('HMGET', head, 'epoch', 'run')
local epoch = known[1]
if not epoch or known[2] ~= ARGV[1] then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  epoch = string.format('%.0f', math.max(now, (tonumber(epoch) or 0) + 1))
  redis.call('DEL', kept)
  redis.call('HSET', head, 'epoch', epoch, 'seq', 0, 'bytes', 0, 'run', ARGV[1])
end
redis.call('PEXPIRE', head, ARGV[2])
`;

const NUMBER = `
local seq = string.format('%.0f', redis.call('HINCRBY', head, 'seq', 1))
local message = epoch .. ' ' .. seq .. ' ' .. ARGV[4] .. '\\n' .. ARGV[5]
local bytes = redis.call('HINCRBY', head, 'bytes', #message)
local maxCount, maxBytes = tonumber(ARGV[6]), tonumber(ARGV[7])
`;

/** Keeps the message at the end of a list, whose first go. */
const KEEP_IN_LIST = `
local count = redis.call('RPUSH', kept, message)
while count > maxCount or bytes > maxBytes do
  local oldest = redis.call('LPOP', kept)
  if not oldest then break end
  count = count - 1
  bytes = redis.call('HINCRBY', head, 'bytes', -#oldest)
end
redis.call('PEXPIRE', kept, ARGV[2])
`;

/** The same in a stream, which is how it is published, too. */
const KEEP_IN_STREAM = `
redis.call('XADD', kept, epoch .. '-' .. seq, 'm', message)
local count = redis.call('XLEN', kept)
while count > maxCount or bytes > maxBytes do
  local oldest = redis.call('XRANGE', kept, '-', '+', 'COUNT', 1)[1]
  if not oldest then break end
  count = count - 1
  bytes = redis.call('HINCRBY', head, 'bytes', -#oldest[2][2])
  redis.call('XTRIM', kept, 'MAXLEN', '=', count)
end
redis.call('PEXPIRE', kept, ARGV[2])
`;

const PASS_ON: Record<RedisCarrier, string> = {
  pubsub: `${KEEP_IN_LIST}redis.call('PUBLISH', ARGV[3], message)`,
  sharded: `${KEEP_IN_LIST}redis.call('SPUBLISH', ARGV[3], message)`,
  streams: KEEP_IN_STREAM,
};

/**
 * Numbers a message, keeps it and publishes it. Further arguments: channel, `0` or `1`, payload, messages and bytes
 * that may be kept. Returns the number.
 */
export function publishScript(carrier: RedisCarrier): string {
  return `${OPEN}${NUMBER}${PASS_ON[carrier]}
return seq
`;
}

const ANSWER_FROM_LIST = `
for _, message in ipairs(redis.call('LRANGE', kept, string.format('%.0f', -wanted), -1)) do
  answer[#answer + 1] = message
end
`;

/** A stream is read from its end, and answered from the beginning. */
const ANSWER_FROM_STREAM = `
local entries = redis.call('XREVRANGE', kept, '+', '-', 'COUNT', string.format('%.0f', wanted))
for i = #entries, 1, -1 do answer[#answer + 1] = entries[i][2][2] end
`;

/**
 * Further arguments: epoch, after, messages to answer at the most. Returns epoch, number of the last message, and the
 * messages after `after`.
 */
export function historyScript(carrier: RedisCarrier): string {
  return `${OPEN}
redis.call('PEXPIRE', kept, ARGV[2])
local seq = tonumber(redis.call('HGET', head, 'seq'))
local wanted = seq
if ARGV[3] == epoch then wanted = seq - tonumber(ARGV[4]) end
wanted = math.min(wanted, tonumber(ARGV[5]))
local answer = { epoch, string.format('%.0f', seq) }
if wanted > 0 then
${carrier === 'streams' ? ANSWER_FROM_STREAM : ANSWER_FROM_LIST}
end
return answer
`;
}

/** Returns the place of a room's last message in its stream. */
export const HEAD_SCRIPT = `${OPEN}
return epoch .. '-' .. redis.call('HGET', head, 'seq')
`;
