{{ config(materialized='table') }}
select count(*) as people from {{ ref('marts_lab_person') }}
