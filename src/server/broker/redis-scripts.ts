/**
 * What Redis does in one step each: a script runs alone. A room is two keys, which expire together when the room has
 * been silent for long:
 *
 *     <prefix>:{<room>}:head   hash: epoch, seq, bytes that are kept, run of the server that numbered
 *     <prefix>:{<room>}:kept   list: the latest messages, as they were published
 *     <prefix>:{<room>}        the channel
 *
 * A message is `<epoch> <seq> <0|1: binary>`, a line feed, and the payload.
 *
 * A Redis that was restarted may come back with an older state of its keys, and would then give out numbers for the
 * second time. So a room whose numbers are of another run of the server begins a new epoch.
 */

/** Arguments of both: the server's run id, milliseconds to live. */
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

/**
 * Numbers a message, keeps it and publishes it. Further arguments: channel, `0` or `1`, payload, messages and bytes
 * that may be kept. Returns the number.
 */
export const PUBLISH_SCRIPT = `${OPEN}
local seq = redis.call('HINCRBY', head, 'seq', 1)
local message = epoch .. ' ' .. string.format('%.0f', seq) .. ' ' .. ARGV[4] .. '\\n' .. ARGV[5]
local count = redis.call('RPUSH', kept, message)
local bytes = redis.call('HINCRBY', head, 'bytes', #message)
local maxCount, maxBytes = tonumber(ARGV[6]), tonumber(ARGV[7])
while count > maxCount or bytes > maxBytes do
  local oldest = redis.call('LPOP', kept)
  if not oldest then break end
  count = count - 1
  bytes = redis.call('HINCRBY', head, 'bytes', -#oldest)
end
redis.call('PEXPIRE', kept, ARGV[2])
redis.call('PUBLISH', ARGV[3], message)
return seq
`;

/** Further arguments: epoch, after. Returns epoch, number of the last message, and the messages after `after`. */
export const HISTORY_SCRIPT = `${OPEN}
redis.call('PEXPIRE', kept, ARGV[2])
local seq = tonumber(redis.call('HGET', head, 'seq'))
local wanted = seq
if ARGV[3] == epoch then wanted = seq - tonumber(ARGV[4]) end
local answer = { epoch, string.format('%.0f', seq) }
if wanted > 0 then
  for _, message in ipairs(redis.call('LRANGE', kept, string.format('%.0f', -wanted), -1)) do
    answer[#answer + 1] = message
  end
end
return answer
`;
