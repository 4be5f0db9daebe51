-- One schema for H2 (in PostgreSQL mode) and PostgreSQL. Times are UTC. Digests are lower-case hex SHA-256.
-- Status and reason columns hold the words of the vocabulary (Ready, ApplyFailed), connection its constants.

create table fleet (
  id          uuid primary key,
  epoch       bigint not null,
  created_at  timestamp with time zone not null
);

create table root (
  version     bigint primary key,
  dsse        bytea not null,
  created_at  timestamp with time zone not null
);

create table cluster (
  id                  uuid primary key,
  name                varchar(63) not null unique,
  registered_labels   text not null,                       -- JSON object
  git_labels          text,                                -- JSON object; null: no Cluster file
  variables           text not null,                       -- JSON object
  credential_sha256   varchar(64) not null unique,
  created_at          timestamp with time zone not null,
  connection          varchar(8) not null,                 -- ONLINE, LATE, OFFLINE, PENDING
  last_seen_at        timestamp with time zone,
  agent_version       varchar(64),
  kubernetes_version  varchar(64),
  kube_system_uid     varchar(64),
  clock_skew_millis   bigint,
  next_sequence       bigint not null,
  held_epoch          bigint not null,
  held_sequence       bigint not null,
  held_payload        varchar(64),                         -- of the envelope that the agent says it holds
  verdict_reason      varchar(64),                         -- why the agent refused the newest envelope
  verdict_message     text,
  verdict_sequence    bigint,
  report_incarnation  bigint not null,
  report_number       bigint not null
);

-- Labels that count, one row each, so that selectors and filters are SQL.
create table cluster_label (
  cluster_id  uuid not null references cluster (id) on delete cascade,
  label_key   varchar(317) not null,
  label_value varchar(63) not null,
  primary key (cluster_id, label_key)
);

create table source (
  name             varchar(63) primary key,
  url              text not null,                          -- without user information
  ref              text not null,
  commit_id        varchar(64),                            -- last good one
  committed_at     timestamp with time zone,
  last_attempt_at  timestamp with time zone,
  last_success_at  timestamp with time zone,
  reason           varchar(64),
  message          text
);

create table problem (
  source     varchar(63) not null references source (name) on delete cascade,
  ordinal    int not null,
  bundle     varchar(63) not null,                         -- empty: of the whole source
  file       text not null,
  line       int not null,
  col        int not null,
  field      text not null,
  reason     varchar(64) not null,
  message    text not null,
  primary key (source, ordinal)
);

create table bundle (
  name        varchar(63) primary key,
  source      varchar(63) not null,                        -- no foreign key: it may leave the configuration first
  path        text not null,
  commit_id   varchar(64) not null,
  revision    varchar(12) not null,                        -- of its newest render; short, for people
  labels      text not null,                               -- JSON object
  reason      varchar(64),                                 -- why its declaration or a render failed
  message     text,
  declared    boolean not null,                            -- false: left Git, while clusters still let go of it
  updated_at  timestamp with time zone not null
);

-- Bodies by digest, each once: gzip, then sealed under a key that is not in this database.
create table body (
  digest      varchar(64) primary key,
  kind        varchar(8) not null,                         -- manifest, object
  size        bigint not null,                             -- unpacked
  content     bytea not null,
  touched_at  timestamp with time zone not null            -- last render or publication that named it
);
create index body_by_touch on body (touched_at);

create table manifest_object (
  manifest    varchar(64) not null references body (digest) on delete cascade,
  object      varchar(64) not null references body (digest),
  primary key (manifest, object)
);
create index manifest_object_by_object on manifest_object (object);

create table render (
  input_key   varchar(64) primary key,                     -- digest of everything the render could read
  manifest    varchar(64) not null references body (digest) on delete cascade,
  tools       text not null,                               -- JSON array
  used_at     timestamp with time zone not null
);

create table envelope (
  cluster_id      uuid not null references cluster (id) on delete cascade,
  epoch           bigint not null,
  sequence        bigint not null,
  payload_sha256  varchar(64) not null,
  content_sha256  varchar(64) not null,                    -- of all but sequence, times and commits: equal content is not signed again
  dsse            bytea not null,                          -- gzip
  issued_at       timestamp with time zone not null,
  expires_at      timestamp with time zone not null,
  primary key (cluster_id, epoch, sequence)
);

create table envelope_manifest (
  cluster_id  uuid not null,
  epoch       bigint not null,
  sequence    bigint not null,
  bundle      varchar(63) not null,
  manifest    varchar(64) not null references body (digest),
  primary key (cluster_id, epoch, sequence, bundle),
  foreign key (cluster_id, epoch, sequence) references envelope (cluster_id, epoch, sequence) on delete cascade
);
create index envelope_manifest_by_manifest on envelope_manifest (manifest);

-- What a cluster must delete, until it has said that it did.
create table deletion (
  cluster_id   uuid not null references cluster (id) on delete cascade,
  bundle       varchar(63) not null,
  api_version  varchar(317) not null,
  kind         varchar(63) not null,
  namespace    varchar(63) not null,                       -- empty for cluster-scoped objects
  name         varchar(253) not null,
  since        bigint not null,                            -- sequence that first listed it
  primary key (cluster_id, bundle, api_version, kind, namespace, name)
);

create table target (
  bundle             varchar(63) not null,
  cluster_id         uuid not null references cluster (id) on delete cascade,
  matched_target     varchar(63) not null,
  matched_overrides  text not null,                        -- JSON array
  desired_commit     varchar(64) not null,
  desired_revision   varchar(12) not null,
  desired_manifest   varchar(64),                          -- null: nothing could be rendered yet
  desired_size       bigint not null,                      -- of the manifest, and where it came from, as signed
  source             varchar(63) not null,
  repo               text not null,
  ref                text not null,
  path               text not null,
  signer             text not null,
  tools              text not null,                        -- JSON array
  desired_since      timestamp with time zone not null,
  sequence           bigint not null,                      -- of the envelope that first carried desired_manifest, or its removal
  hub_reason         varchar(64),                          -- why the hub cannot give it what Git says
  hub_message        text,
  removing           boolean not null,                     -- left Git; stays until the agent says it is gone
  reported_status    varchar(16),                          -- as the agent said, and of which manifest it spoke
  reported_reason    varchar(64),
  reported_message   text,
  reported_manifest  varchar(64),
  applied_manifest   varchar(64),
  applied_revision   varchar(12) not null,
  problems           text not null,                        -- JSON array of {apiVersion, kind, namespace, name, reason, message}
  objects            int not null,
  objects_current    int not null,
  observed_at        timestamp with time zone,
  status             varchar(16) not null,                 -- judged from all of the above, as if the agent were online
  reason             varchar(64),
  message            text,
  changed_at         timestamp with time zone not null,    -- last change of status
  primary key (bundle, cluster_id)
);
create index target_by_cluster on target (cluster_id);
create index target_by_status on target (status);

create table drift (
  cluster_id   uuid not null references cluster (id) on delete cascade,
  id           varchar(64) not null,
  bundle       varchar(63) not null,
  api_version  varchar(317) not null,
  kind         varchar(63) not null,
  namespace    varchar(63) not null,
  name         varchar(253) not null,
  operation    varchar(16) not null,
  manager      varchar(128) not null,
  fields       text not null,                              -- JSON array of {path, old, new}, masked
  changed_at   timestamp with time zone not null,
  observed_at  timestamp with time zone not null,
  action       varchar(16) not null,                       -- corrected, reported, failed, resolved
  message      text not null,
  primary key (cluster_id, id)
);
create index drift_by_time on drift (observed_at);

create table event (
  id           varchar(64) primary key,
  origin       varchar(8) not null,                        -- hub, agent
  cluster_id   uuid references cluster (id) on delete cascade,
  type         varchar(8) not null,                        -- Normal, Warning
  reason       varchar(64) not null,
  action       varchar(16) not null,
  bundle       varchar(63) not null,
  api_version  varchar(317) not null,
  kind         varchar(63) not null,
  namespace    varchar(63) not null,
  name         varchar(253) not null,
  message      text not null,
  at           timestamp with time zone not null
);
create index event_by_time on event (at);

-- One row, locked by whoever adds to the change table until it commits: ids become visible in their order.
create table change_order (
  only_row  int primary key
);
insert into change_order (only_row) values (1);

-- What changed, in order, so that a watch can resume: the row says which object to read again.
create table change (
  id      bigint generated always as identity primary key,
  type    varchar(8) not null,                             -- cluster, bundle, target, source, drift, event
  name    varchar(512) not null,                           -- resource name
  at      timestamp with time zone not null
);
