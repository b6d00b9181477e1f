{{ config(unique_key=['id'], partition_grain='month') }}
select
    id, email, ip, "fullName", properties, plan, updated_at, deleted_at,
    {{ as_of() }} as _extracted_at
from {{ source('lab', 'person') }} as people
