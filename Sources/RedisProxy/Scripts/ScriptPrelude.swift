/// What runs in front of a user's script, in Lua 5.1 as Redis 7.0 has it.
///
/// It shadows `redis` and `KEYS` with locals. `redis.call` and `redis.pcall` put the prefix in front of the keys of each
/// command, however the script came by them, and take it off again from replies and errors. An error is raised with the line of
/// the script's own call: Redis would find the prelude's, so the error has its source and line in a metatable that Redis
/// cannot write to.
///
/// A script sets this up on each run, since nothing can be kept between runs. Little is therefore made at once, and nothing that
/// the script does not mention. Commands that do not just have their one key first go a slower way (`H`), whose rules are in
/// one constant string.
///
/// The prefixes are variables of the function around the others: `string.dump` shows a function's constants, but not those.
struct ScriptPrelude {
  /// Lua's string literals.
  let prefix: String
  let channelPrefix: String
  let usesKeys: Bool
  let usesPcall: Bool
  /// Nothing of `redis` is used but `call` and `pcall`.
  let onlyCalls: Bool
  let selects: Bool
  let sorts: Bool
  let mentionsJSON: Bool
  /// Names of commands as the script writes them, whose rules are looked up here instead of in each run.
  let commands: Set<String>

  /// In one line, so that lines keep their numbers.
  var text: String {
    let functions = usesPcall ? "call=call,pcall=pcall" : "call=call"
    let shadow = onlyCalls ? "{\(functions)}" : "setmetatable({\(functions)},{__index=R,__newindex=H})"
    return Self.line(
      """
      local redis\(usesKeys ? ",KEYS" : "")=(function(R\(usesKeys ? ",G" : ""))
      \(mentionsJSON ? Self.settingsOfJSON : "")
      local P,Q=\(prefix),\(channelPrefix)
      local M,pc,H={\(knownRules)},R.pcall
      \(usesKeys ? "local K={} for i=1,#G do K[i]=G[i]:sub(#P+1) end" : "")
      \(filled(Self.helper))
      \(filled(Self.caller.replacing("@name@", with: "call").replacing("@failed@", with: "!")))
      \(usesPcall ? filled(Self.caller.replacing("@name@", with: "pcall").replacing("@failed@", with: "-")) : "")
      return \(shadow)\(usesKeys ? ",K" : "")
      end)(redis\(usesKeys ? ",KEYS" : ""));
      """) + " "
  }

  /// What cjson is set to, by whomever, holds for all scripts of the server: these are the settings that it starts with.
  private static let settingsOfJSON = """
    cjson.encode_sparse_array(false,2,10) cjson.encode_max_depth(1000) cjson.decode_max_depth(1000)
    cjson.encode_number_precision(14) cjson.encode_keep_buffer(true) cjson.encode_invalid_numbers(false)
    cjson.decode_invalid_numbers(true)
    """

  /// A script may write a name in very many ways.
  private static let maximalCommands = 64

  private var knownRules: String {
    commands.sorted().prefix(Self.maximalCommands).map { "['\($0)']='\(Self.ruleOfCommand[$0.lowercased()] ?? "1")'" }
      .joined(separator: ",")
  }

  private func filled(_ text: String) -> String {
    text.replacing("@rules@", with: Self.rules).replacing("@sort@", with: sorts ? Self.sorting : "")
      .replacing("@select@", with: selects ? Self.selecting : "")
  }

  private static let caller = """
    local function @name@(...)
    local c,k=...
    local m,r=M[c] or H('r',c)
    if m=='1' and type(k)=='string' then r=pc(c,P..k,select(3,...)) else r=H(m,...) end
    if type(r)=='table' and r.err then H('@failed@',r) end
    return r
    end
    """

  /// `H(rule, command, …)` runs a command. `H('r', command)` finds a command's rule, `H('-', reply)` makes an error's text the
  /// user's, `H('!', reply)` raises it also, and `H(table, …)` refuses to change `redis`.
  private static let helper = """
    H=function(m,...)
    local c=...
    if m=='r' then
    if type(c)~='string' then return '1' end
    local _,e=("@rules@"):find(' '..c:lower()..':',1,true)
    m=e and ("@rules@"):sub(e+1,e+1) or '1'
    M[c]=m
    return m
    end
    if m=='-' or m=='!' or type(m)=='table' then
    local level=4
    if type(m)=='table' then c,level={err='Attempt to modify a readonly table'},3 end
    local b,e=c.err:find(P,1,true)
    while b do
    c.err=c.err:sub(1,b-1)..c.err:sub(e+1)
    b,e=c.err:find(P,b,true)
    end
    if m=='-' then return end
    local _,w=_G.pcall(error,'',level)
    if level==3 then c.err='ERR '..w..c.err end
    c.source,c.line=nil,nil
    error(setmetatable(c,{__index={source='@user_script',line=tonumber(w:match(':(%d+):')) or 1},
    __newindex=function() end}))
    end
    local function px(v)
    if type(v)=='number' then v=('%.17g'):format(v) end
    if type(v)=='string' then return P..v end
    return v
    end
    local function st(v)
    if type(v)=='string' and v:sub(1,#P)==P then return v:sub(#P+1) end
    return v
    end
    local a,x=select('#',...)-1,{}
    if a<0 then return pc() end
    x={select(2,...)}
    local lo,hi,by=1,0,1
    if m=='1' then hi=1
    elseif m=='a' then hi=a
    elseif m=='b' then hi,by=a,2
    elseif m=='c' then hi=2
    elseif m=='d' then lo,hi=2,a
    elseif m=='e' then hi=a-1
    elseif m=='f' then lo,hi=2,2
    elseif m=='g' or m=='h' then lo,hi=2,1+(tonumber(x[1]) or 0)
    elseif m=='i' then lo,hi=3,2+(tonumber(x[2]) or 0)
    elseif m=='j' then x[1]=px(x[1]) lo,hi=3,2+(tonumber(x[2]) or 0)
    elseif m=='k' then
    for i=1,a do
    if type(x[i])=='string' and x[i]:lower()=='streams' then lo,hi=i+1,i+math.floor((a-i)/2) break end
    end
    elseif m=='m' then
    hi=1
    for i=5,a-1 do
    if type(x[i])=='string' and x[i]:lower():match('^store') then x[i+1]=px(x[i+1]) end
    end
    elseif m=='o' then
    hi=1
    for i=2,a-1 do
    local w=type(x[i])=='string' and x[i]:lower()
    if w=='store' or (w=='by' or w=='get') and tostring(x[i+1]):find('*',1,true) then x[i+1]=px(x[i+1]) end
    end
    elseif m=='p' then
    if type(x[1])=='string' or type(x[1])=='number' then x[1]=Q..x[1] end
    @select@
    end
    if hi>a then hi=a end
    for i=lo,hi,by do x[i]=px(x[i]) end
    local r
    @sort@
    if r==nil then r=pc(c,unpack(x,1,a)) end
    if type(r)=='table' and not r.err then
    if m=='e' or m=='h' or m=='i' then r[1]=st(r[1])
    elseif m=='k' and r.map then
    local t={}
    for k,v in pairs(r.map) do t[st(k)]=v end
    r.map=t
    elseif m=='k' then
    for i=1,#r do r[i][1]=st(r[i][1]) end
    end
    end
    return r
    end
    """

  /// By command, where its keys are, if not just in front: `0` nowhere, `a` everywhere, `b` every second, `c` the first two,
  /// `d` from the second on, `e` all but the last, `f` the second; `g` to `j` as many as argument 1 or 2 says, `k` after
  /// `STREAMS`, `m` with `STORE`, `o` with patterns; `p` a channel, `q` a database.
  private static let rules = " " + ruleOfCommand.sorted { $0 < $1 }.map { "\($0):\($1)" }.joined(separator: " ")

  private static let ruleOfCommand: [String: String] = {
    let commandsOfRules = [
      "0": "ping echo time lolwut command client acl cluster script info config function readonly readwrite wait",
      "a": "del unlink exists touch mget sdiff sdiffstore sinter sinterstore sunion sunionstore pfcount pfmerge",
      "b": "mset msetnx",
      "c": "rename renamenx rpoplpush lmove smove brpoplpush blmove copy zrangestore geosearchstore lcs",
      "d": "bitop", "e": "blpop brpop bzpopmin bzpopmax", "f": "object memory xgroup xinfo",
      "g": "sintercard zdiff zinter zintercard zunion", "h": "lmpop zmpop", "i": "blmpop bzmpop",
      "j": "zunionstore zinterstore zdiffstore", "k": "xread xreadgroup", "m": "georadius georadiusbymember",
      "o": "sort sort_ro", "p": "publish spublish", "q": "select",
    ]
    let pairs = commandsOfRules.flatMap { rule, names in names.split(separator: " ").map { (String($0), rule) } }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  private static let sorting = """
    if m=='o' then r=(\(SortScript.function))(pc,c,x) end
    """

  private static let selecting = """
    elseif m=='q' and a==1 then
    local d,b=tonumber(x[1]),Q
    if d and d>0 and d<16 and d%1==0 then
    local e=b:find('{',1,true) or #b
    P=b:sub(1,e-1)..'.'..d..b:sub(e)
    x[1]=0
    elseif d==0 then P=b end
    """

  /// Words at the ends of lines need a space between them.
  static func line(_ text: String) -> String {
    text.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension String {
  fileprivate func replacing(_ mark: String, with text: String) -> String {
    split(separator: mark, omittingEmptySubsequences: false).joined(separator: text)
  }
}
