-- A new supportdesk database, version 2. Tests prove it equal to the SQLModel tables and to the migrated file.
CREATE TABLE level (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    number INTEGER, slug TEXT, name TEXT
);
CREATE TABLE matrix (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    cells TEXT, versions TEXT
);
CREATE TABLE calendar (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT, zone TEXT, weekly TEXT, versions TEXT
);
CREATE TABLE identity_method (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT
);
CREATE TABLE role (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT, verbs TEXT
);
CREATE TABLE site (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT, language TEXT, region TEXT, zone TEXT, calendar_id BLOB
);
CREATE TABLE team (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT, level INTEGER, employer TEXT, company TEXT, site_id BLOB, languages TEXT, remarks TEXT
);
CREATE TABLE agent (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, login TEXT,
    name TEXT, employer TEXT, site_id BLOB, teams TEXT, roles TEXT, languages TEXT, skills TEXT
);
CREATE TABLE product (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT, vendor_id BLOB, team_id BLOB
);
CREATE TABLE component (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    name TEXT, product_id BLOB, parent_id BLOB, team_id BLOB, identity TEXT
);
CREATE TABLE contract (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    organisation_id BLOB, name TEXT, terms TEXT, calendar_id BLOB, valid_from INTEGER, valid_until INTEGER, slug TEXT,
    kind TEXT, standard_id BLOB, team_id BLOB, versions TEXT
);
CREATE TABLE saved_view (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    agent_id BLOB, name TEXT, filter TEXT
);
CREATE TABLE shift (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    agent_id BLOB, kind TEXT, at INTEGER, taken TEXT
);
CREATE TABLE device (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL, number_prefix INTEGER NOT NULL, ticket_counter INTEGER NOT NULL,
    next_n INTEGER NOT NULL, created_at INTEGER NOT NULL, kind TEXT NOT NULL, touched INTEGER NOT NULL,
    agreements INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE entry (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, action BLOB NOT NULL, batch BLOB, n INTEGER NOT NULL,
    verb TEXT NOT NULL, agent BLOB, author_text TEXT, device BLOB NOT NULL, session BLOB NOT NULL,
    entity TEXT NOT NULL, entity_id BLOB NOT NULL, subject BLOB, kind TEXT NOT NULL, base INTEGER NOT NULL,
    schema INTEGER NOT NULL, fields TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    clock_offset INTEGER, undoes BLOB, state TEXT NOT NULL, seq INTEGER
);
CREATE TABLE image (
    pk INTEGER PRIMARY KEY, entity TEXT NOT NULL, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, doc TEXT NOT NULL,
    digest BLOB
);
CREATE TABLE reference (
    target BLOB NOT NULL, field TEXT NOT NULL, owner BLOB NOT NULL, PRIMARY KEY (target, field, owner)
);
CREATE TABLE caller_key (digits TEXT NOT NULL, caller BLOB NOT NULL, PRIMARY KEY (digits, caller));
CREATE TABLE batch (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, verb TEXT NOT NULL, agent BLOB, state TEXT NOT NULL,
    staging TEXT, started_at INTEGER NOT NULL, total INTEGER NOT NULL, done INTEGER NOT NULL, label TEXT,
    records INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE ticket_text (
    pk INTEGER PRIMARY KEY, digits TEXT NOT NULL, title TEXT NOT NULL, people TEXT NOT NULL, body TEXT NOT NULL,
    is_open INTEGER NOT NULL
);
CREATE TABLE article_text (
    pk INTEGER PRIMARY KEY, lang TEXT NOT NULL, title TEXT NOT NULL, issue TEXT NOT NULL, keywords TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE people_text (
    pk INTEGER PRIMARY KEY, entity TEXT NOT NULL, id BLOB NOT NULL UNIQUE, words TEXT NOT NULL
);
CREATE TABLE article (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, slug TEXT,
    lang TEXT, title TEXT, issue TEXT, keywords TEXT, body TEXT, state TEXT, audience TEXT, identity TEXT,
    products TEXT, components TEXT, owner_id BLOB
);
CREATE TABLE article_use (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    article_id BLOB, ticket_id BLOB, contact_id BLOB, steps TEXT, helped BOOLEAN, reason TEXT, agent_id BLOB,
    at INTEGER
);
CREATE TABLE organisation (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, name TEXT,
    kind TEXT, key_account BOOLEAN, language TEXT, integrator_id BLOB, remarks TEXT, merged_into_id BLOB
);
CREATE TABLE caller (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, name TEXT,
    organisation_id BLOB, numbers TEXT, mail TEXT, language TEXT, employee_number TEXT, power_user BOOLEAN,
    vip BOOLEAN, remarks TEXT, merged_into_id BLOB, erased_at INTEGER
);
CREATE TABLE asset (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    inventory TEXT, serial TEXT, host TEXT, room TEXT, name TEXT, product_id BLOB, component_id BLOB,
    organisation_id BLOB, caller_id BLOB
);
CREATE TABLE contact (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    direction TEXT, channel TEXT, number_given TEXT, number TEXT, called_number TEXT, caller_id BLOB,
    caller_name TEXT, behalf_id BLOB, behalf_name TEXT, language TEXT, started_at INTEGER, answered_at INTEGER,
    holds TEXT, ended_at INTEGER, wrapped_at INTEGER, agent_id BLOB, tickets TEXT, outcome TEXT, note TEXT
);
CREATE TABLE identity_check (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    contact_id BLOB, caller_id BLOB, ticket_id BLOB, matter TEXT, method TEXT, result TEXT, reason TEXT,
    agent_id BLOB, at INTEGER
);
CREATE TABLE ticket (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    number TEXT, type TEXT, caller_id BLOB, caller_name TEXT, caller_number TEXT, affected_id BLOB,
    affected_name TEXT, approver_id BLOB, approver_name TEXT, organisation_id BLOB, organisation_name TEXT,
    product_id BLOB, component_id BLOB, component_name TEXT, asset_id BLOB, language TEXT, title TEXT,
    description TEXT, impact INTEGER, urgency INTEGER, priority TEXT, priority_reason TEXT, wish TEXT, status TEXT,
    status_reason TEXT, wait_until INTEGER, level INTEGER, team_id BLOB, assignee_id BLOB, owner_id BLOB,
    callback_at INTEGER, callback_number TEXT, callback_to TEXT, chasers INTEGER, solution TEXT, tags TEXT,
    created_at INTEGER, solved_at INTEGER, closed_at INTEGER, merged_into_id BLOB, origin TEXT, number_tail TEXT,
    lane INTEGER, wake_at INTEGER, due_at INTEGER, updated_at INTEGER, asset_name TEXT,
    contract_id BLOB, coverage TEXT, coverage_reason TEXT, needed_by INTEGER, needed_for TEXT,
    promise TEXT, class_id INTEGER, due_point INTEGER, weight INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE promise_class (
    pk INTEGER PRIMARY KEY, calendar BLOB NOT NULL, target INTEGER NOT NULL
);
CREATE TABLE unsettled (pk INTEGER PRIMARY KEY);
CREATE TABLE breach (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    ticket_id BLOB, kind TEXT, due_at INTEGER, contract_id BLOB, at INTEGER, reason TEXT, agent_id BLOB
);
CREATE TABLE major_incident (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    ticket_id BLOB, title TEXT, product_id BLOB, component_id BLOB, communicator_id BLOB, agent_id BLOB,
    began_at INTEGER, declared_at INTEGER, next_update_at INTEGER, ended_at INTEGER
);
CREATE TABLE statement (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    major_id BLOB, ticket_id BLOB, texts TEXT, agent_id BLOB, at INTEGER, valid_until INTEGER
);
CREATE TABLE told (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    major_id BLOB, ticket_id BLOB, statement_id BLOB, who TEXT, how TEXT, still_broken BOOLEAN, agent_id BLOB,
    at INTEGER
);
CREATE TABLE outage (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    ticket_id BLOB, product_id BLOB, component_id BLOB, kind TEXT, began_at INTEGER, ended_at INTEGER, agent_id BLOB,
    reason TEXT
);
CREATE TABLE note (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    ticket_id BLOB, audience TEXT, text TEXT, agent_id BLOB, author_text TEXT, at INTEGER, withdrawn_at INTEGER
);
CREATE TABLE link (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER, kind TEXT,
    from_id BLOB, to_id BLOB
);
CREATE TABLE attachment (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    ticket_id BLOB, name TEXT, size INTEGER, digest TEXT, type TEXT
);
CREATE TABLE handoff (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    ticket_id BLOB, from_team_id BLOB, to_team_id BLOB, offered_by_id BLOB, packet TEXT, incomplete_reason TEXT,
    state TEXT, reason TEXT, offered_at INTEGER, answered_at INTEGER, answered_by_id BLOB
);
CREATE TABLE conflict (
    pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
    entity TEXT, row_id TEXT, ticket_id BLOB, field TEXT, kept TEXT, kept_by TEXT, kept_at INTEGER, offered TEXT,
    offered_by TEXT, offered_at INTEGER, entry_id TEXT, state TEXT, decided_by_id BLOB, decided_at INTEGER
);
CREATE TABLE sync_state (
    pk INTEGER PRIMARY KEY, url TEXT NOT NULL, server TEXT NOT NULL, secret TEXT NOT NULL, epoch INTEGER NOT NULL,
    lease TEXT NOT NULL, chain TEXT, answered INTEGER NOT NULL, checked INTEGER NOT NULL,
    paused INTEGER NOT NULL, enrolled_at INTEGER NOT NULL, exchanged_at INTEGER, tried_at INTEGER, failure TEXT,
    holder BLOB, held_until INTEGER NOT NULL, failing_since INTEGER
);
CREATE TABLE sync_cursor (
    scope TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, whole INTEGER NOT NULL, sum TEXT NOT NULL,
    count INTEGER NOT NULL
);
CREATE TABLE image_scope (
    scope TEXT NOT NULL, id BLOB NOT NULL, rev INTEGER NOT NULL, PRIMARY KEY (scope, id)
);
CREATE TABLE erasure (
    id BLOB NOT NULL PRIMARY KEY, number INTEGER, doc TEXT NOT NULL, files TEXT NOT NULL, cleaned INTEGER NOT NULL
);
CREATE TABLE refused (entry BLOB NOT NULL PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL, settled_at INTEGER);

-- Queue: each view reads one partial index that also holds what it filters by; the term "lane < 3" must stand
-- verbatim in the query (field/feasibility.md 3).
CREATE INDEX ticket_open ON ticket (lane, class_id, due_point, weight DESC, created_at, id, wake_at, priority)
    WHERE lane < 3;
CREATE INDEX ticket_open_team ON ticket (team_id, lane, class_id, due_point, weight DESC, created_at, id, wake_at,
    assignee_id) WHERE lane < 3;
CREATE INDEX ticket_open_assignee ON ticket (assignee_id, lane, class_id, due_point, weight DESC, created_at, id,
    wake_at, team_id) WHERE lane < 3;
CREATE INDEX ticket_open_owner ON ticket (owner_id, lane, class_id, due_point, weight DESC, created_at, id, wake_at,
    team_id, assignee_id) WHERE lane < 3;
CREATE INDEX ticket_open_wake ON ticket (wake_at, created_at, id, lane, team_id, assignee_id, owner_id)
    WHERE lane < 3 AND wake_at IS NOT NULL;
CREATE INDEX ticket_open_due ON ticket (due_at, lane, coverage, team_id, assignee_id, owner_id, id) WHERE lane < 3;
CREATE INDEX ticket_open_contract ON ticket (contract_id) WHERE lane < 3;
CREATE INDEX ticket_contract ON ticket (contract_id, organisation_id)
    WHERE contract_id IS NOT NULL AND status IS NOT 'cancelled' AND merged_into_id IS NULL;
CREATE UNIQUE INDEX promise_class_of ON promise_class (calendar, target);
CREATE INDEX ticket_open_callback ON ticket (callback_at, pk, lane, owner_id, team_id)
    WHERE lane < 3 AND callback_at IS NOT NULL;
CREATE INDEX ticket_closed ON ticket (updated_at, pk, lane) WHERE lane = 3;
CREATE INDEX ticket_number ON ticket (number);
CREATE INDEX ticket_number_tail ON ticket (number_tail);
CREATE INDEX ticket_caller ON ticket (caller_id, created_at);
CREATE INDEX ticket_organisation ON ticket (organisation_id, created_at);
CREATE INDEX ticket_component ON ticket (component_id, created_at);
CREATE INDEX ticket_asset ON ticket (asset_id, created_at);

CREATE INDEX entry_action ON entry (action);
CREATE INDEX entry_entity ON entry (entity_id, pk);
CREATE INDEX entry_subject ON entry (subject, at) WHERE subject IS NOT NULL;
CREATE INDEX entry_agent ON entry (agent, pk) WHERE agent IS NOT NULL;
CREATE INDEX entry_undoes ON entry (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX entry_batch ON entry (batch) WHERE batch IS NOT NULL;

CREATE INDEX entry_seq ON entry (seq) WHERE seq IS NOT NULL;
CREATE INDEX image_scope_id ON image_scope (id);
CREATE INDEX image_scope_forgotten ON image_scope (scope) WHERE rev = 0;
CREATE INDEX conflict_ticket ON conflict (ticket_id);
CREATE INDEX conflict_open ON conflict (offered_at) WHERE state IN ('open', 'auto');

CREATE INDEX agent_login ON agent (login);
CREATE INDEX team_slug ON team (slug);
CREATE INDEX site_slug ON site (slug);
CREATE INDEX contract_slug ON contract (slug);
CREATE INDEX contract_organisation ON contract (organisation_id);
CREATE INDEX product_slug ON product (slug);
CREATE INDEX component_slug ON component (slug);
CREATE INDEX article_slug ON article (slug, lang);
CREATE INDEX organisation_name ON organisation (name);
CREATE INDEX caller_organisation ON caller (organisation_id, name);
CREATE INDEX caller_name ON caller (name);
CREATE INDEX asset_inventory ON asset (inventory);
CREATE INDEX asset_caller ON asset (caller_id);
CREATE INDEX asset_organisation ON asset (organisation_id);
CREATE INDEX contact_caller ON contact (caller_id, started_at);
CREATE INDEX contact_started ON contact (started_at, pk);
CREATE INDEX identity_check_caller ON identity_check (caller_id, at);
CREATE INDEX identity_check_contact ON identity_check (contact_id);
CREATE INDEX note_ticket ON note (ticket_id, at);
CREATE INDEX breach_ticket ON breach (ticket_id);
CREATE INDEX major_incident_open ON major_incident (declared_at) WHERE ended_at IS NULL AND retired_at IS NULL;
CREATE INDEX major_incident_ticket ON major_incident (ticket_id);
CREATE INDEX statement_major ON statement (major_id, at);
CREATE INDEX told_ticket ON told (ticket_id);
CREATE INDEX told_major ON told (major_id, at);
CREATE INDEX outage_ticket ON outage (ticket_id);
CREATE INDEX outage_product ON outage (product_id, began_at);
CREATE INDEX shift_agent ON shift (agent_id, at, id);
CREATE INDEX link_from ON link (from_id);
CREATE INDEX link_to ON link (to_id);
CREATE INDEX attachment_ticket ON attachment (ticket_id);
CREATE INDEX article_use_ticket ON article_use (ticket_id);
CREATE INDEX article_use_article ON article_use (article_id);
CREATE INDEX handoff_ticket ON handoff (ticket_id, offered_at);
CREATE INDEX handoff_inbox ON handoff (to_team_id, offered_at) WHERE state = 'offered';
CREATE INDEX people_text_entity ON people_text (entity);

-- Search: external content over plain tables (SQLite 3.40 knows no contentless delete).
CREATE VIRTUAL TABLE ticket_fts USING fts5(digits, title, people, body, content='ticket_text', content_rowid='pk',
    tokenize="unicode61 remove_diacritics 2", prefix='2 3');
CREATE VIRTUAL TABLE open_fts USING fts5(digits, title, people, body, content='ticket_text', content_rowid='pk',
    tokenize="unicode61 remove_diacritics 2", prefix='1 2 3');
CREATE VIRTUAL TABLE article_fts USING fts5(title, issue, keywords, body, content='article_text', content_rowid='pk',
    tokenize="unicode61 remove_diacritics 2", prefix='2 3');
CREATE VIRTUAL TABLE people_fts USING fts5(words, content='people_text', content_rowid='pk',
    tokenize="unicode61 remove_diacritics 2", prefix='1 2 3');

