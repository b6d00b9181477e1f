{{ config(materialized='latest_version', unique_key=['user_key']) }}
with people as (
    select * from {{ ref('raw_lab_person') }}
)
-- Nobody's ip, email or properties.
select
    {{ hash_pii('people.id', 'user') }} as user_key,
    {{ hash_pii('lower(people.email)', 'email') }} as email_hash,
    {{ ip_network('people.ip') }} as network,
    people."fullName" is not null as has_name,
    length(people."fullName") as name_length,
    people.properties ->> 'riskMode' as risk_mode,
    people.email like '%@%' as is_address,
    case when people.email is null then 'email is missing' end as _issues,
    people._extracted_at as _version_at,
    null::timestamptz as _gone_at,
    {{ as_of() }} as _loaded_at
from people
