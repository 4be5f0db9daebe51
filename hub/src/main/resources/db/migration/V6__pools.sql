-- Which authority made the newest certificate of a key; null: the first one, before there could be another.
alter table agent_key add column authority_sha256 varchar(64);

-- Whether the agent that uses the token may run in another cluster than the one that enrolled before it.
alter table join_token add column rebuilt boolean default false not null;

-- One token for many clusters, which propose their names.
create table pool (
  name             varchar(63) primary key,
  secret_sha256    varchar(64) not null unique,
  created_at       timestamp with time zone not null,
  expires_at       timestamp with time zone not null,
  max_clusters     int not null,
  used             int not null,                           -- clusters that enrolled with it, whatever became of them
  name_prefix      varchar(63) not null,                   -- what every proposed name begins with; empty: anything
  labels           text not null,                          -- JSON object: every cluster has them, whatever it proposes
  accepted_labels  text not null,                          -- JSON array of keys that a cluster may propose, PREFIX* among them
  waits            boolean not null                        -- whether each cluster waits until a person accepts it
);

-- Which key enrolled as which cluster, so that the key may ask again. No foreign key to the cluster: one that was
-- let go of does not come back by asking again.
create table pool_claim (
  pool          varchar(63) not null references pool (name) on delete cascade,
  spki_sha256   varchar(64) not null,
  cluster_id    uuid not null,
  repeat_until  timestamp with time zone not null,
  primary key (pool, spki_sha256)
);
create index pool_claim_by_cluster on pool_claim (cluster_id);

alter table cluster add column pool varchar(63);           -- that it came with; null: a person registered it
alter table cluster add column waits boolean default false not null;  -- until a person accepts it
