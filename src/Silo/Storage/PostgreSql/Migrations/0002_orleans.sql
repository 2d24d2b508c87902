-- What Orleans' stock ADO.NET providers need: grain storage (widgets), reminders (of every grain but sessions), and
-- the membership of the cluster. The names of keys, parameters and result columns are the providers'; the statements
-- are ours. Each is one statement, so each is one transaction.
create table OrleansQuery (
    QueryKey  varchar(64)   not null primary key,
    QueryText varchar(8000) not null
);

create table OrleansStorage (
    ServiceId              text        not null,
    GrainTypeHash          integer     not null,
    GrainTypeString        text        not null,
    GrainIdHash            integer     not null,
    GrainIdN0              bigint      not null,
    GrainIdN1              bigint      not null,
    GrainIdExtensionString text,
    PayloadBinary          bytea,
    ModifiedOn             timestamptz not null,
    Version                integer     not null
);

-- Unique, so that of two first writes of one grain the second is refused.
create unique index OrleansStorage_identity on OrleansStorage (
    GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId, GrainIdExtensionString)
    nulls not distinct;

create table OrleansRemindersTable (
    ServiceId    text           not null,
    GrainId      text           not null,
    ReminderName text           not null,
    StartTime    timestamptz(3) not null,
    Period       bigint         not null,
    GrainHash    integer        not null,
    Version      integer        not null,
    primary key (ServiceId, GrainId, ReminderName)
);

create index OrleansRemindersTable_range on OrleansRemindersTable (ServiceId, GrainHash);

create table OrleansMembershipVersionTable (
    DeploymentId text           not null primary key,
    Timestamp    timestamptz(3) not null default now(),
    Version      integer        not null default 0
);

create table OrleansMembershipTable (
    DeploymentId text           not null references OrleansMembershipVersionTable,
    Address      text           not null,
    Port         integer        not null,
    Generation   integer        not null,
    SiloName     text           not null,
    HostName     text           not null,
    Status       integer        not null,
    ProxyPort    integer,
    SuspectTimes text,
    StartTime    timestamptz(3) not null,
    IAmAliveTime timestamptz(3) not null,
    primary key (DeploymentId, Address, Port, Generation)
);

insert into OrleansQuery (QueryKey, QueryText) values
('ReadFromStorageKey', '
    select PayloadBinary, Version from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId'),
('WriteToStorageKey', '
    with inserted as (
        insert into OrleansStorage (
            ServiceId, GrainTypeHash, GrainTypeString, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
            PayloadBinary, ModifiedOn, Version)
        select @ServiceId, @GrainTypeHash, @GrainTypeString, @GrainIdHash, @GrainIdN0, @GrainIdN1,
            @GrainIdExtensionString::text, @PayloadBinary::bytea, now(), 1
        where @GrainStateVersion::integer is null
        on conflict do nothing
        returning Version),
    updated as (
        update OrleansStorage
        set PayloadBinary = @PayloadBinary::bytea, ModifiedOn = now(), Version = Version + 1
        where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
          and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
          and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
          and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
          and Version = @GrainStateVersion::integer
        returning Version)
    select Version as NewGrainStateVersion from inserted
    union all select Version from updated'),
('ClearStorageKey', '
    update OrleansStorage
    set PayloadBinary = null, ModifiedOn = now(), Version = Version + 1
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
      and Version = @GrainStateVersion::integer
    returning Version as NewGrainStateVersion'),
('DeleteStorageKey', '
    delete from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
      and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainIdExtensionString is not distinct from @GrainIdExtensionString::text
      and GrainTypeString = @GrainTypeString and ServiceId = @ServiceId
      and Version = @GrainStateVersion::integer
    returning Version + 1 as NewGrainStateVersion'),
('ReadReminderRowsKey', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId'),
('ReadReminderRowKey', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName'),
('ReadRangeRows1Key', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainHash > @BeginHash and GrainHash <= @EndHash'),
('ReadRangeRows2Key', '
    select GrainId, ReminderName, StartTime, Period, Version from OrleansRemindersTable
    where ServiceId = @ServiceId and (GrainHash > @BeginHash or GrainHash <= @EndHash)'),
('UpsertReminderRowKey', '
    insert into OrleansRemindersTable (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
    values (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 0)
    on conflict (ServiceId, GrainId, ReminderName) do update
    set StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash,
        Version = OrleansRemindersTable.Version + 1
    returning Version'),
-- The provider reads one row even when nothing was removed.
('DeleteReminderRowKey', '
    with removed as (
        delete from OrleansRemindersTable
        where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version
        returning 1)
    select count(*)::integer from removed'),
('DeleteReminderRowsKey', '
    delete from OrleansRemindersTable where ServiceId = @ServiceId'),
('InsertMembershipVersionKey', '
    with made as (
        insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId)
        on conflict do nothing
        returning 1)
    select exists (select 1 from made)'),
-- The version row is taken first, and by one writer at a time: whoever comes second finds another version.
('InsertMembershipKey', '
    with moved as (
        update OrleansMembershipVersionTable
        set Timestamp = now(), Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version and not exists (
            select 1 from OrleansMembershipTable
            where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation)
        returning DeploymentId),
    inserted as (
        insert into OrleansMembershipTable (
            DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        select DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime,
            @IAmAliveTime
        from moved
        returning 1)
    select exists (select 1 from inserted)'),
('UpdateMembershipKey', '
    with moved as (
        update OrleansMembershipVersionTable
        set Timestamp = now(), Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version
        returning DeploymentId),
    updated as (
        update OrleansMembershipTable
        set Status = @Status, SuspectTimes = @SuspectTimes::text, IAmAliveTime = @IAmAliveTime
        from moved
        where OrleansMembershipTable.DeploymentId = moved.DeploymentId
          and Address = @Address and Port = @Port and Generation = @Generation
        returning 1)
    select exists (select 1 from updated)'),
('UpdateIAmAlivetimeKey', '
    update OrleansMembershipTable
    set IAmAliveTime = @IAmAliveTime
    where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation'),
('MembershipReadRowKey', '
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
        m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
        and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
    where v.DeploymentId = @DeploymentId'),
('MembershipReadAllKey', '
    select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
        m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
    where v.DeploymentId = @DeploymentId'),
('DeleteMembershipTableEntriesKey', '
    with members as (delete from OrleansMembershipTable where DeploymentId = @DeploymentId)
    delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId'),
('GatewaysQueryKey', '
    select Address, ProxyPort, Generation from OrleansMembershipTable
    where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0'),
-- 3 is a silo that is active: what has long been silent and is not, goes.
('CleanupDefunctSiloEntriesKey', '
    delete from OrleansMembershipTable
    where DeploymentId = @DeploymentId and IAmAliveTime < @IAmAliveTime and Status <> 3');
