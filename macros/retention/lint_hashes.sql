{% macro lint_hashes(stream, readers) -%}
    {%- set problems = [] -%}
    {%- set staging = stream.staging -%}
    {%- set re = modules.re -%}
    {#- The kinds that can be guessed: all that are hashed but pseudonyms. -#}
    {%- set guessable = [] -%}
    {%- for kind, declared in pii_kinds().items()
        if declared.hashed_as and kind != 'id' -%}
        {%- do guessable.append(declared.hashed_as) -%}
    {%- endfor -%}
    {%- set hashes = [] -%}
    {%- for name in staging.columns
        if name.endswith('_hash') and name not in stream.raw.columns -%}
        {%- do hashes.append(name) -%}
    {%- endfor -%}
    {#- Under another name, too, whether it had it from the start or later. -#}
    {%- for name in re.findall(
        '(?is)(?:hash_pii\\((?:(?!\\}\\}).)*,\\s*[\'"](?:' ~ guessable | join('|')
        ~ ')[\'"]\\s*\\)\\s*-?\\}\\}|\\b(?:' ~ (hashes + ['(?!)']) | join('|')
        ~ ')"?)\\s+as\\s+"?(\\w+)', staging.raw_code
    ) if name in staging.columns and name not in hashes -%}
        {%- do hashes.append(name) -%}
    {%- endfor -%}

    {%- for mart in readers.get(staging.unique_id, []) | sort(attribute='name')
        if mart.fqn[1] == 'marts' -%}
        {%- for name in hashes -%}
            {#- To count them says nothing of anybody. -#}
            {%- set code = re.sub(
                '(?i)\\bcount\\(\\s*distinct\\s+(?:\\w+\\.)?"?' ~ name ~ '"?\\s*\\)',
                ' ', mart.raw_code
            ) -%}
            {%- if name in mart.columns or names_untreated(code, name, 'none') -%}
                {%- do problems.append(
                    mart.original_file_path ~ ': ' ~ mart.name ~ ': it reads `' ~ name
                    ~ '` of ' ~ staging.name ~ ', a hash of what can be guessed, and'
                    ~ ' such a hash is as secret as the salt; leave it out, under any'
                    ~ ' name.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
