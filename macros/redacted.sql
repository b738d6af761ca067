{#
  A text without what tells who somebody is: numbers, addresses and names give way to what they were, in brackets ([电话],
  [姓名] …). First what the branch knows of the account, then what looks like it: CRM names are misspelt, callers are
  relatives, and an order may have no account. In doubt a word too many goes: a reader misses a word less than a
  customer misses privacy. No rule looks ahead, because DuckDB's expressions can't.

  Three steps in this order, so that a number in an address is not taken for a house: redacted_numbers, redacted_places,
  redacted_names. `known`: an expression that gives a pattern of the account's own values, or null.
#}
{% macro redacted_numbers(text) -%}
    {{ redacted_by(
        "translate(" ~ text ~ ", '０１２３４５６７８９Ｘｘ－＠．　', '0123456789Xx-@. ')", redaction_number_rules()
    ) }}
{%- endmacro %}


{% macro redacted_places(text, known) -%}
    {{ redacted_by(redacted_known(text, known, '[地址]'), redaction_address_rules()) }}
{%- endmacro %}


{% macro redacted_names(text, known) -%}
    {{ redacted_by(redacted_known(text, known, '[姓名]'), redaction_name_rules()) }}
{%- endmacro %}


{# One rule after the other. #}
{% macro redacted_by(text, rules) -%}
    {%- set step = namespace(sql=text) -%}
    {%- for pattern, replacement in rules -%}
        {%- set step.sql = regexp_replace_all(step.sql, "'" ~ pattern ~ "'", replacement) -%}
    {%- endfor -%}
    {{ step.sql }}
{%- endmacro %}


{# A pattern that may be null takes nothing away. #}
{% macro redacted_known(expression, pattern, label) -%}
    {#- The stand-in for null is in no text. -#}
    {{ regexp_replace_all(expression, "coalesce(" ~ pattern ~ ", '¤¤¤')", label) }}
{%- endmacro %}


{# A value as a pattern that matches itself: whatever could mean something else matches any character. #}
{% macro pattern_of(expression) -%}
    {{ regexp_replace_all(expression, "'[^0-9A-Za-z一-龥]'", ".") }}
{%- endmacro %}


{#
  Seven digits and more, spoken (幺) or written, in groups or not, are somebody's number: nothing that is counted or paid
  in a text has as many. Longest first, so that a rule takes whole what a shorter one would take in part.
#}
{% macro redaction_number_rules() -%}
    {%- set digit = '[0-9零〇一二三四五六七八九幺]' -%}
    {%- set next = '(?:[ -]?' ~ digit ~ ')' -%}
    {{ return([
        ['(^|[^0-9])((?:19|20)[0-9]{2})[-/.]([01]?[0-9])[-/.]([0-3]?[0-9])', '\\1\\2年\\3月\\4日'],
        ['[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}', '[邮箱]'],
        ['[159ANY][0-9]{7}[0-9A-Z]{10}', '[证件号]'],
        [digit ~ '{6}[，,、]' ~ digit ~ '{8}[，,、]' ~ digit ~ '{3}(?:' ~ digit ~ '|[Xx叉])', '[证件号]'],
        [digit ~ '{3}[，,、]' ~ digit ~ '{4}[，,、]' ~ digit ~ '{4}', '[电话]'],
        [digit ~ '{4}[，,、]' ~ digit ~ '{4}[，,、]' ~ digit ~ '{2,5}', '[户号]'],
        [digit ~ next ~ '{18,}', '[银行卡]'],
        [digit ~ next ~ '{16}[ -]?(?:' ~ digit ~ '|[Xx叉])', '[证件号]'],
        [digit ~ next ~ '{15,16}', '[银行卡]'],
        [digit ~ next ~ '{14}', '[证件号]'],
        ['[1一幺][ -]?[3-9三四五六七八九]' ~ next ~ '{9}', '[电话]'],
        [digit ~ next ~ '{6,13}', '[号码]']
    ]) }}
{%- endmacro %}


{# A place with a number of house, building or flat; a street alone is nobody's. #}
{% macro redaction_address_rules() -%}
    {%- set word = '[^\\]，。：:；;、！？ （）()\\[是在到为住址于位的' ~ "\n" ~ ']' -%}
    {%- set number = '(?:[0-9一二三四五六七八九十百甲乙丙]+(?:号楼|号院|号|弄|幢|栋|座|单元|层|楼|室|户|组))' -%}
    {{ return([
        [
            word ~ '{0,12}(?:路|街|巷|道|弄|村|庄|屯|小区|社区|花园|家园|公寓|新村|苑|大厦|广场)' ~ number ~ '+',
            '[地址]'
        ],
        [number ~ '{2,}', '[地址]'],
        [word ~ '{2,20}(?:有限责任公司|有限公司|股份公司)', '[单位]']
    ]) }}
{%- endmacro %}


{#
  Names by what they begin with (the commonest surnames, over nine in ten people) and what stands before, after or around.
  Words that only look like a name are marked with ¤ first, so that no rule takes them, and freed at the end.
#}
{% macro redaction_name_rules() -%}
    {%- set family = '(?:欧阳|上官|司马|诸葛|司徒|东方|独孤|慕容|皇甫|尉迟|夏侯|'
        ~ '[王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白'
        ~ '邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁'
        ~ '尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阎阳柴隋滕卜祁牟])' -%}
    {%- set given = '[一-龥]' -%}
    {%- set end = '([，。,.！!、；;？? ' ~ "\n" ~ ']|$)' -%}
    {%- set hesitation = '((?:嗯|那个|呃|就是说|啊|这个这个|哎|喂)[，,、]?)' -%}
    {{ return([
        [
            '(马上|高峰|高压|高温|高兴|高层|方便|方式|周末|周围|周边|周一|周二|周三|周四|周五|周六|周日|白天|白跑|金额|任何|万一|于是|程序|江边|时候|安装|安全'
            ~ '|何时|许多|成天|成本|温度|文件|容易|路灯|路边|路口|包括|申请|单位|单户|单相|单子|关于|关键|关阀|路面|阳台|左右|尚未|石头|毛病|谢谢|夏天|田里|田边|余额'
            ~ '|严重|施工|章程|谷段|谷电|林业|江水|曾经|史上|方案|单价|季度|成功|明天|金属|石材|严格|包装|康复|安排|连续|路过|何况|马力|关闭|万元|万多|白费|任务|单独)',
            '¤\\1'
        ],
        ['(?:老|小)?' ~ family ~ given ~ '{0,2}(?:女士|先生|小姐|同志)', '[姓名]'],
        [family ~ '(?:师傅|老师|大姐|大哥|阿姨|叔叔|大爷|大妈|大娘|老板|经理|主任|科长|所长|书记|总)', '[姓名]'],
        ['([王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗])工', '[姓名]'],
        [
            '(我叫|我[^一-龥]?名叫|叫做|姓名|[户护互]名|户主|房东|联系人|机主|申请人|负责人|经办人|收件人|本人|子女|儿子|女儿|父亲|母亲|老公|老婆)'
            ~ '((?:是|为|叫|就写|：|:| |，)*)' ~ family ~ given ~ '{1,2}',
            '\\1\\2[姓名]'
        ],
        ['([^百]|^)姓' ~ family, '\\1姓[姓名]'],
        ['(是|用|写|挂|在)' ~ family ~ given ~ '{1,2}(的名[字下义]|名下|的户头)', '\\1[姓名]\\2'],
        ['我(是|叫)' ~ family ~ given ~ '{1,2}' ~ end, '我\\1[姓名]\\2'],
        ['([：:，,。 ' ~ "\n" ~ ']|^)' ~ hesitation ~ '?' ~ family ~ given ~ '{0,2}' ~ end, '\\1\\2[姓名]\\3'],
        ['¤', '']
    ]) }}
{%- endmacro %}
