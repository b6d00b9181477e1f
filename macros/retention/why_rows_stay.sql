{% macro why_rows_stay(rule, counts, holds) -%}
    {%- set why = [] -%}
    {%- if counts.on_hold -%}
        {%- set reasons = [] -%}
        {%- for hold in holds -%}
            {%- do reasons.append(
                hold.reason ~ ' (hold ' ~ hold.hold_id ~ ', until '
                ~ hold.until ~ ')'
            ) -%}
        {%- endfor -%}
        {%- do why.append(
            rule.id ~ ': ' ~ counts.on_hold ~ ' on hold, ' ~ reasons | join('; ')
            ~ '.'
        ) -%}
    {%- endif -%}
    {%- if counts.unproven > 0 -%}
        {%- do why.append(
            rule.id ~ ': ' ~ counts.unproven ~ ' unproven, ' ~ (
                'for raw does not hold them as they are now; the next build takes'
                ~ ' them in.' if rule.layer == 'source'
                else 'for raw holds them as long as their source does.'
                if rule.layer == 'staging'
                else 'for staging does not hold them yet; the next build takes'
                ~ ' them in.'
            )
        ) -%}
    {%- endif -%}
    {%- if counts.in_grace -%}
        {%- do why.append(
            rule.id ~ ': ' ~ counts.in_grace ~ ' stay while '
            ~ rule.stream.raw.name ~ ' holds them for `warehouse undo` (grace '
            ~ grace_of(rule.stream) ~ ').'
        ) -%}
    {%- endif -%}
    {%- if counts.spared -%}
        {%- do why.append(
            rule.id ~ ': ' ~ counts.spared ~ ' spared, the latest '
            ~ rule.spare.latest ~ ' of each ' ~ rule.spare.per | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
    {%- do return(why) -%}
{%- endmacro %}
