-- Whose signatures on commits and tags were found good, and when the hub saw them first: a key that
-- expires later does not undo history.
create table commit_signature (
  source         varchar(63) not null,
  object_id      varchar(64) not null,                     -- of the commit or the tag
  signer         varchar(63) not null,                     -- in the configuration of that time
  fingerprint    varchar(64) not null,
  first_seen_at  timestamp with time zone not null,
  primary key (source, object_id)
);

alter table source add column commits_policy varchar(8) default 'none' not null;
alter table source add column signer text;                 -- of the last good commit; null: not asked for
alter table source add column refused_commit varchar(64);  -- fetched well and not taken
