-- Whether what a cluster runs is carried to it, and its agent never calls: its envelopes live as long as the root
-- allows, and its deletions stay listed, since nobody will say that they are done.
alter table cluster add column offline boolean default false not null;
