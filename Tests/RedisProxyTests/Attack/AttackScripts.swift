import RedisNamespaces

/// Scripts that try to get out of a namespace, or to leave something behind for the scripts of others.
enum AttackScripts {
  static func all(against victim: NamespaceRecord) -> [String] {
    let key = "'\(victim.prefix)known'"
    let calls = [
      "redis.call('GET',\(key))", "redis.pcall('GET',\(key))", "redis.call('KEYS','*')",
      "redis.call('SCAN','0','COUNT','9999')",
      "redis.call('SET',\(key),'x')", "redis.call('DEL',\(key))", "redis.call('CONFIG','GET','*')",
      "redis.call('ACL','LIST')",
      "redis.call('INFO','everything')", "redis.call('CLIENT','LIST')", "redis.call('RANDOMKEY')",
      "redis.call('DBSIZE')",
      "redis.call('FLUSHALL')", "redis.call('CLUSTER','GETKEYSINSLOT','0','10')", "redis.call('SORT',\(key),'GET','*')",
      "redis.call('COPY',\(key),'mine')", "redis.call('EVAL','return 1','0')", "redis.call('FUNCTION','LIST')",
      "redis.call('PUBLISH','\(victim.prefix)c','x')", "redis.call('SELECT','0')",
      "redis.call('MEMORY','USAGE',\(key))",
      "redis.call('OBJECT','ENCODING',\(key))", "redis.call('SWAPDB','0','1')", "redis.call('HELLO','3')",
      "redis.call('HGETALL','olares:namespaces')", "redis.call('PFMERGE',\(key))", "redis.call('SCRIPT','FLUSH')",
      "redis.call('XREAD','STREAMS','\(victim.prefix)stream','0')", "redis.call('BITOP','NOT','mine',\(key))",
      "redis.call('RESTORE',\(key),'0','x','REPLACE')", "redis.call('MIGRATE','127.0.0.1','1',\(key),'0','1')",
      "redis.call('SUNIONSTORE','mine','\(victim.prefix)set')",
      "redis.call('GEORADIUS',\(key),'1','1','1','km','STORE','mine')",
    ]
    // Ways to a `redis` that is not the one that the script is given.
    let escapes: [(String) -> String] = [
      { "return \($0)" },
      { "return _G.\($0)" },
      { "return getfenv(0).\($0)" },
      { "return getfenv(1).\($0)" },
      { "return rawget(_G,'redis').\($0.dropFirst(6))" },
      { "local f=loadstring(\"return \($0)\") return f()" },
      { "local f=loadstring(\"return \($0)\") setfenv(f,_G) return f()" },
      { "end return \($0) --" },
      { "end end return \($0)" },
      { "]] return \($0) --[[" },
      { "--]==] \nreturn \($0)" },
      { "redis=nil return \($0)" },
      { "local redis=_G['redis'] return \($0)" },
      { "local redis=getmetatable(_G).__index.redis return \($0)" },
      { "local redis=getmetatable(redis) and getmetatable(redis).__index or redis return \($0)" },
      { "local ok,r=pcall(function() return \($0) end) return tostring(r)" },
      { "return coroutine.wrap(function() return \($0) end)()" },
      {
        "local t={} for k,v in pairs(redis) do t[#t+1]=tostring(k) end table.sort(t) return {t,pcall(function() return \($0) end)}"
      },
      { "#!lua flags=allow-cross-slot-keys\nreturn \($0)" },
      { "#!lua flags=no-writes\nreturn \($0)" },
    ]
    let own = [
      "return KEYS", "KEYS=nil return KEYS", "KEYS[1]='\(victim.prefix)known' return redis.call('GET',KEYS[1])",
      "setmetatable(KEYS,{__index=function() return '\(victim.prefix)known' end}) return redis.call('GET',KEYS[9])",
      "rawset(_G,'redis',nil) return 1", "_G.redis=nil return 1",
      "rawset(redis,'call',function() return 'poisoned' end) return 1",
      "redis.call=function() return 'poisoned' end return 1", "string.upper=function() return 'poisoned' end return 1",
      "rawset(string,'len',function() return 'poisoned' end) return 1", "cjson.encode=nil return 1",
      "getmetatable('').__index=function() return 'poisoned' end return 1", "table.insert=nil return 1",
      "rawset(table,'concat',function() return 'poisoned' end) return 1", "math.random=nil return 1",
      "getmetatable('').__add=function() return 'poisoned' end return 1", "setfenv(0,{}) return 1",
      "debug.sethook(function() end) return 1", "return tostring(debug)", "return tostring(package)",
      "return tostring(os and os.getenv)",
      "local t={} for k in pairs(_G) do t[#t+1]=tostring(k) end table.sort(t) return t",
      "local t={} for k in pairs(getfenv(1)) do t[#t+1]=tostring(k) end table.sort(t) return t",
      "return string.dump(redis.call)", "return tostring(redis.call)", "return redis.log(redis.LOG_WARNING,'x')",
      "return {redis.call('SET','mine','1'),redis.call('GET','mine'),redis.call('KEYS','*')}",
      "redis.breakpoint() return 1", "redis.debug('x') return 1", "return redis.acl_check_cmd('GET',\(key))",
      "return ('').dump(redis.call)", "return ('').dump(redis.pcall)",
      "return getmetatable(redis) and ('').dump(getmetatable(redis).__newindex)",
      "local ok,e=pcall(redis.call,'NOSUCH') local t={} for k,v in pairs(getmetatable(e) or {}) do t[#t+1]=tostring(v) end return t",
      "local ok,e=pcall(redis.call,'GET',\(key)) return {tostring(e),type(e)=='table' and tostring(e.err)}",
      "return ('').dump(coroutine.wrap(function() return redis.call('GET','mine') end))",
      "return {cjson.encode_max_depth(1),cjson.decode_max_depth(1),cjson.encode_number_precision(1)}",
      "cjson.encode_sparse_array(true) cjson.encode_invalid_numbers(true) cjson.encode_keep_buffer(false) return 1",
      "collectgarbage('stop') collectgarbage('setpause',100000) return 1", "redis.setresp(3) return {double=1.5}",
      "rawset(getmetatable(''),'__index',nil) return 1", "setmetatable(string,{}) return 1", "bit.band=nil return 1",
      "setmetatable(_G,nil) return 1", "cmsgpack.pack=nil return 1", "struct.pack=nil return 1",
      "return loadstring(('').dump(function() return 1 end))", "return redis.sha1hex(\(key))",
      "redis.set_repl(redis.REPL_NONE) return redis.call('SET','mine','x')",
      "return redis.call('PFMERGE','mine','mine2')", "return load(function() return nil end)",
      "redis.register_function('x',function() return 1 end) return 1", "error(redis)",
      "error({err='x '..tostring(redis)})",
    ]
    return own + calls.flatMap { call in escapes.map { $0(call) } }
  }
}
