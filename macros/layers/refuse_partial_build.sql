{% macro refuse_partial_build() -%}
    {#- `flags` does not have --sample. -#}
    {%- for flag, given in [
        ('--empty', flags.EMPTY),
        ('--sample', 'sample' in invocation_args_dict
            and target.name in var('retention_targets')),
    ] -%}
        {%- if given -%}
            {%- do exceptions.raise_compiler_error(
                flag ~ " is refused on " ~ this.identifier ~ ": it keeps what it"
                ~ " holds for later runs, and would keep a part as if it were"
                ~ " the whole; build it without " ~ flag ~ (
                    '.' if flag == '--empty'
                    else ', or in a target that lets go of nothing, like dev.'
                )
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
