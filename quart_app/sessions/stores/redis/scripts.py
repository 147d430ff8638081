"""What happens inside Redis, each in one step; the only place where Lua is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from quart_app.sessions.stores.forwarding import KEPT
from quart_app.sessions.stores.record import CLOCK_SKEW, LONGEST_WAIT_FOR_COOKIE

# What the scripts answer in place of a record; nil says that the session is gone.
DAMAGED = 0
TAKEN, CREATED = 0, 1
# In the place of a record's version: the hash is what a retired one left behind.
RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Script:
    """Lua, and the hash by which Redis remembers it."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", sha)


# Lua rounds a number to 14 digits when it makes text of it, so what is stored again is always the
# text that came in, never a number. Redis refuses to expire a key after the year 292 million.
_FORGET_AFTER = """
local function forget_after(seconds)
  local milliseconds = math.max(0, math.min(math.ceil(seconds * 1000), 1e14))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', milliseconds))
end
"""

# The clock that all machines share: by that of one that is wrong, the sessions of all others would
# seem to have ended. ARGV[1] is how far a test has turned the time.
_NOW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6 + tonumber(ARGV[1])
"""

# The same judgement as Record.is_live.
_SESSION = f"""{_NOW}
local key = KEYS[1]
local v, created, seen, idle, ends, permanent, awaits =
  unpack(redis.call('HMGET', key, 'v', 'created', 'seen', 'idle', 'ends', 'permanent', 'awaits'))
if not v and redis.call('EXISTS', key) == 0 then return false end
local is_retired = v == '{RETIRED}'
local whole = v == '1' and permanent
  and tonumber(created) and tonumber(seen) and tonumber(idle) and tonumber(ends)
local function expires()
  local rest = tonumber(idle) / 1e6
  if awaits then rest = math.min(rest, {LONGEST_WAIT_FOR_COOKIE.total_seconds()!r}) end
  return math.min(tonumber(seen) + rest, tonumber(ends))
end
local live = whole
  and tonumber(created) - {CLOCK_SKEW.total_seconds()!r} <= now and now < expires()
"""

# ARGV: mark, milliseconds to live, then names and values. The mark is the caller's alone, by
# which a create that is sent once more, since no answer came, knows its own record.
CREATE = Script(f"""
if redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.pcall('HGET', KEYS[1], 'mark') == ARGV[1] and {CREATED} or {TAKEN}
end
redis.call('HSET', KEYS[1], 'mark', ARGV[1])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {CREATED}
""")

# ARGV: how far time is turned, whether the owner's list knows the new end, seen_at, idle, ends,
# permanent (the three empty if they stay), whether the cookie came back, how many names must be as
# they were and these with '=' and value, or nothing for absent, how many names to unset and these,
# then names and values. A session from the future stays: it may be Redis whose clock is wrong, and
# is put right. A cookie that came in the future did not: some machine's clock is wrong. HSET comes
# first: out of memory refuses it, and then nothing has been written.
CHANGE = Script(f"""{_FORGET_AFTER}{_SESSION}
if is_retired then return false end
if not whole then return {DAMAGED} end
if not live then
  if now >= expires() then redis.call('DEL', key) end
  return false
end
local at, others, is_newer = 9, {{}}, false
for _ = 1, tonumber(ARGV[8]) do
  local value = redis.call('HGET', key, ARGV[at])
  if (value and '=' .. value or '') ~= ARGV[at + 1] then
    others[ARGV[at]], is_newer = true, true
  end
  at = at + 2
end
if ARGV[4] ~= '' and not is_newer then
  local owner = redis.call('HGET', key, 'owner')
  if owner and ARGV[2] == 'unlisted' and tonumber(ARGV[5]) > tonumber(ends) then
    return {{owner}}
  end
  idle, ends, permanent = ARGV[4], ARGV[5], ARGV[6]
  redis.call('HSET', key, 'idle', idle, 'ends', ends, 'permanent', permanent)
end
local came = ARGV[3]
if tonumber(came) > now + {CLOCK_SKEW.total_seconds()!r} then
  came = string.format('%.6f', now)
end
if tonumber(came) > tonumber(seen) then seen = came end
redis.call('HSET', key, 'seen', seen)
if ARGV[7] == 'back' and awaits then
  awaits = false
  redis.call('HDEL', key, 'awaits', 'predecessor')
end
local first_pair = at + 1 + tonumber(ARGV[at])
for i = at + 1, first_pair - 1 do
  if not others[ARGV[i]] then redis.call('HDEL', key, ARGV[i]) end
end
for i = first_pair, #ARGV, 2 do
  if not others[ARGV[i]] then redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
end
local session = redis.call('HGETALL', key)
forget_after(expires() - now)
return session
""")

# ARGV: how far time is turned. Needs no memory, so it works when Redis is full.
DELETE = Script(f"""{_SESSION}
if is_retired then return false end
local session = redis.call('HGETALL', key)
redis.call('DEL', key)
if not whole then return {DAMAGED} end
return live and session
""")

# ARGV: how far time is turned, then names and values of the address. Once something is deleted, a
# full Redis takes what a script writes besides; and if it does not, the session has ended all the
# same.
RETIRE = Script(f"""{_SESSION}
local session = redis.call('HGETALL', key)
if is_retired then return session end
redis.call('DEL', key)
if not whole then return {DAMAGED} end
if not live then return false end
redis.pcall('HSET', key, 'v', '{RETIRED}')
for i = 2, #ARGV, 2 do redis.pcall('HSET', key, ARGV[i], ARGV[i + 1]) end
for i = 1, #session, 2 do
  if session[i] ~= 'v' then redis.pcall('HSET', key, session[i], session[i + 1]) end
end
redis.pcall('PEXPIRE', key, {KEPT.total_seconds() * 1000:.0f})
return session
""")

# ARGV: how far time is turned, key of the session, when that ends. How many are listed.
LIST = Script(f"""{_FORGET_AFTER}{_NOW}
local past = now - {CLOCK_SKEW.total_seconds()!r}
redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%.0f', past))
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if last then forget_after(tonumber(last) - past) end
return redis.call('ZCARD', KEYS[1])
""")

TIME = Script("return redis.call('TIME')")
