/// `SORT` with `GET`, or with `BY` and a pattern, which a cluster's node refuses as such (it cannot know where the patterns' keys
/// are): the same in Lua, for a namespace whose keys are all in one slot.
///
/// What the node takes, it does itself: without a pattern in `BY` it sorts and cuts, and the script only looks up.
enum SortScript {
  /// `function(run, command, arguments)`: arguments as of `SORT`, with the prefix in front of keys and patterns. `run` is `redis.pcall`.
  /// Nil if there is nothing but what the node can do.
  static let function = """
    function(run,c,x)
    local by,alpha,desc,lim,dest,plain,gets=false,false,false,nil,nil,{x[1]},{}
    local i,ro=2,c:lower()=='sort_ro'
    local function whole(s)
    local d=s:match('^%-?([1-9]%d*)$') or s=='0' and s
    return d and (#d<19 or #d==19 and d<=(s:sub(1,1)=='-' and '9223372036854775808' or '9223372036854775807'))
    end
    while i<=#x do
    local o=tostring(x[i]):lower()
    if o=='asc' then desc=false plain[#plain+1]=o
    elseif o=='desc' then desc=true plain[#plain+1]=o
    elseif o=='alpha' then alpha=true plain[#plain+1]=o
    elseif o=='limit' and #x-i>=2 then
    local p,q=tostring(x[i+1]),tostring(x[i+2])
    if not whole(p) or not whole(q) then return {err='ERR value is not an integer or out of range'} end
    lim={tonumber(p),tonumber(q),p,q} i=i+2
    elseif o=='store' and not ro and #x-i>=1 then dest=x[i+1] i=i+1
    elseif o=='by' and #x-i>=1 then by=tostring(x[i+1]) i=i+1
    elseif o=='get' and #x-i>=1 then gets[#gets+1]=tostring(x[i+1]) i=i+1
    else return {err='ERR syntax error'} end
    i=i+1
    end
    local star=by and by:find('*',1,true)
    if not star and #gets==0 then return nil end
    local function look(p,e)
    if p=='#' then return e end
    local s=p:find('*',1,true)
    if not s then return false end
    local f=p:find('->',s+1,true)
    if f and f+1<#p then return run('hget',p:sub(1,s-1)..e..p:sub(s+1,f-1),p:sub(f+2)) end
    return run('get',p:sub(1,s-1)..e..p:sub(s+1))
    end
    local function value(p,e)
    local v=look(p,e)
    if type(v)=='string' then return v end
    return false
    end
    local list
    if not star then
    if by then plain[#plain+1]='by' plain[#plain+1]=by end
    if lim then plain[#plain+1]='limit' plain[#plain+1]=lim[3] plain[#plain+1]=lim[4] end
    list=run('sort',unpack(plain))
    if list.err then return list end
    else
    local kind=run('type',x[1])
    kind=kind.ok or kind
    if kind=='list' then list=run('lrange',x[1],0,-1)
    elseif kind=='set' then list=run('smembers',x[1])
    elseif kind=='zset' then list=run('zrange',x[1],0,-1)
    elseif kind=='none' then list={}
    else return {err='WRONGTYPE Operation against a key holding the wrong kind of value'} end
    if list.set then
    local t={}
    for e in pairs(list.set) do t[#t+1]=e end
    list=t
    end
    if list.err then return list end
    local w={}
    for j=1,#list do
    local v=value(by,list[j])
    if not alpha then
    if v then v=v:match('^[^%z]*') end
    if v=='' then v=0
    elseif v then
    v=not v:match('%s$') and tonumber(v)
    if not v or v~=v then return {err="ERR One or more scores can't be converted into double"} end
    else v=0 end
    end
    w[j]={v,list[j],j}
    end
    table.sort(w,function(p,q)
    if desc then p,q=q,p end
    local s,t=p[1],q[1]
    if alpha then
    if s~=t then
    if not s then return true end
    if not t then return false end
    return s<t
    end
    elseif s~=t then return s<t
    elseif p[2]~=q[2] then return p[2]<q[2] end
    if desc then return q[3]<p[3] end
    return p[3]<q[3]
    end)
    local from,to=1,#w
    if lim then
    from=math.max(lim[1],0)+1
    if lim[2]>=0 then to=math.min(from+lim[2]-1,#w) end
    end
    list={}
    for j=from,to do list[#list+1]=w[j][2] end
    end
    local out=list
    if #gets>0 then
    out={}
    for j=1,#list do
    for g=1,#gets do out[#out+1]=value(gets[g],list[j]) end
    end
    end
    if not dest then return out end
    run('del',dest)
    for j=1,#out,1000 do
    local part={}
    for g=j,math.min(j+999,#out) do part[#part+1]=out[g] or '' end
    local r=run('rpush',dest,unpack(part))
    if type(r)=='table' and r.err then return r end
    end
    return #out
    end
    """

  /// To be run with the request's arguments as they are written by `append`.
  static let text = ScriptPrelude.line(
    """
    local r=(\(function))(redis.pcall,ARGV[1],{unpack(ARGV,2)})
    if r==nil then r=redis.pcall(unpack(ARGV)) end
    return r
    """)

  /// In lower-case hexadecimal.
  static let hash: [UInt8] = Array(text.utf8).withUnsafeBytes(ScriptWrapper.hash)

  /// The request as `EVALSHA`, or `EVAL` for a node that does not know the script yet. What it does is within the prefix,
  /// whoever runs it.
  static func append(
    _ request: Request, keys: borrowing IndexList, prefix: UnsafeRawBufferPointer, asText: Bool,
    to queue: inout ByteQueue
  ) {
    queue.append(arrayOf: request.count + 4)
    if asText {
      queue.append(bulk: "EVAL")
      Array(text.utf8).withUnsafeBytes { queue.append(bulk: $0) }
    } else {
      queue.append(bulk: "EVALSHA")
      hash.withUnsafeBytes { queue.append(bulk: $0) }
    }
    queue.append(bulk: "1")
    queue.append(bulk: prefix, request[1])
    var place = 0
    for index in 0..<request.count {
      if place < keys.count, keys[place] == index {
        queue.append(bulk: prefix, request[index])
        place += 1
      } else {
        queue.append(bulk: request[index])
      }
    }
  }
}
