-- Agents prove who they are with certificates; join tokens buy one, once.

alter table cluster drop column credential_sha256;

-- The UID of kube-system of the cluster that enrolled: another one is another cluster under the same name.
alter table cluster add column enrolled_uid varchar(64);

-- Why a cluster gets no new content for now; null: it does.
alter table cluster add column cordon text;

create table join_token (
  secret_sha256  varchar(64) primary key,
  cluster_id     uuid not null references cluster (id) on delete cascade,
  created_at     timestamp with time zone not null,
  expires_at     timestamp with time zone not null,
  claimed_by     varchar(64)                               -- SHA-256 of the SubjectPublicKeyInfo of the first key
);
create index join_token_by_cluster on join_token (cluster_id);

-- The keys that agents may call with: one for each cluster, two while it is renewed. What is not here is revoked.
create table agent_key (
  spki_sha256    varchar(64) primary key,
  cluster_id     uuid not null references cluster (id) on delete cascade,
  number         bigint generated always as identity,      -- grows: the newest key of a cluster is the one that stays
  expires_at     timestamp with time zone not null         -- of its newest certificate
);
create index agent_key_by_cluster on agent_key (cluster_id);

-- Clusters that were removed, so that their agents are told so for as long as they call.
create table removed_cluster (
  id             uuid primary key,
  name           varchar(63) not null,
  removed_at     timestamp with time zone not null
);
