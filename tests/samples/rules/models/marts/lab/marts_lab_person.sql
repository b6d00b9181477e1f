{{ config(materialized='latest_version', unique_key=['user_key']) }}
select user_key, _version_at, _gone_at from {{ ref('stg_lab_person') }}
