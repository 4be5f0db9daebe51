-- The one envelope of each cluster that waits for more signatures than the hub's own. It becomes a row of
-- envelope once the threshold is met, and makes room for a newer one.
create table pending_envelope (
  cluster_id      uuid primary key references cluster (id) on delete cascade,
  epoch           bigint not null,
  sequence        bigint not null,
  payload_sha256  varchar(64) not null,
  content_sha256  varchar(64) not null,                    -- as in envelope
  dsse            bytea not null,                          -- gzip, with the signatures that it has
  issued_at       timestamp with time zone not null,
  expires_at      timestamp with time zone not null
);

create table pending_manifest (
  cluster_id  uuid not null references pending_envelope (cluster_id) on delete cascade,
  bundle      varchar(63) not null,
  manifest    varchar(64) not null references body (digest),
  primary key (cluster_id, bundle)
);
create index pending_manifest_by_manifest on pending_manifest (manifest);
