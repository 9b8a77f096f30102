"""The table of entities: every shared field with its form, merge class and whether it is personal."""

from supportdesk.terms.codes import Merge
from supportdesk.terms.tables import Entity, Field, Form, Scope, View, register

TEXT, INT, BOOL, REF = Form.TEXT, Form.INT, Form.BOOL, Form.REF
INSTANT, JSON, SET, REFS = Form.INSTANT, Form.JSON, Form.SET, Form.REFS

WHOLE = View.WHOLE

RETIRED = Field("retired_at", INSTANT)


def _entity(name: str, scope: Scope, *fields: Field, withdrawn: tuple[str, object] = ("retired_at", "now"),
            starter: bool = False) -> Entity:
    return register(Entity(name, (*fields, RETIRED), scope, withdrawn, starter))


ENTITIES: dict[str, Entity] = {
    e.name: e
    for e in (
        _entity("level", Scope.ALL, Field("number", INT), Field("slug"), Field("name"), starter=True),
        _entity("matrix", Scope.ALL, Field("slug"), Field("cells", JSON), Field("versions", JSON),
                starter=True),
        _entity(
            "calendar", Scope.ALL, Field("slug"), Field("name"), Field("zone"), Field("weekly", JSON),
            Field("versions", JSON), starter=True,
        ),
        _entity("identity_method", Scope.ALL, Field("slug"), Field("name"), starter=True),
        _entity("role", Scope.ALL, Field("slug"), Field("name"), Field("verbs", SET, Merge.SET), starter=True),
        _entity(
            "site", Scope.ALL, Field("slug"), Field("name"), Field("language"), Field("region"), Field("zone"),
            Field("calendar_id", REF, ref="calendar"), starter=True,
        ),
        _entity(
            "team", Scope.ALL, Field("slug"), Field("name"), Field("level", INT), Field("employer"), Field("company"),
            Field("site_id", REF, ref="site"), Field("languages", SET, Merge.SET), Field("remarks", view=WHOLE),
            starter=True,
        ),
        _entity(
            "agent", Scope.RIDES, Field("login", personal=True, view=WHOLE), Field("name", personal=True),
            Field("employer"), Field("site_id", REF, ref="site", view=WHOLE),
            Field("teams", REFS, Merge.SET, ref="team"), Field("roles", SET, Merge.SET, view=WHOLE),
            Field("languages", SET, Merge.SET, view=WHOLE), Field("skills", SET, Merge.SET, view=WHOLE),
        ),
        _entity(
            "organisation", Scope.RIDES, Field("name"), Field("kind"), Field("key_account", BOOL), Field("language"),
            Field("integrator_id", REF, ref="organisation", view=WHOLE), Field("remarks", personal=True, view=WHOLE),
            Field("merged_into_id", REF, ref="organisation", view=WHOLE),
        ),
        _entity(
            "contract", Scope.RIDES, Field("organisation_id", REF, ref="organisation"), Field("name"), Field("terms"),
            Field("calendar_id", REF, ref="calendar"), Field("valid_from", INSTANT), Field("valid_until", INSTANT),
            Field("slug"), Field("kind"), Field("standard_id", REF, ref="contract", view=WHOLE),
            Field("team_id", REF, ref="team"), Field("versions", JSON),
        ),
        _entity(
            "caller", Scope.RIDES, Field("name", personal=True), Field("organisation_id", REF, ref="organisation"),
            Field("numbers", JSON, personal=True), Field("mail", personal=True), Field("language"),
            Field("employee_number", personal=True, view=WHOLE), Field("power_user", BOOL), Field("vip", BOOL),
            Field("remarks", personal=True, view=WHOLE), Field("merged_into_id", REF, ref="caller", view=WHOLE),
            Field("erased_at", INSTANT),
        ),
        _entity(
            "product", Scope.ALL, Field("slug"), Field("name"), Field("vendor_id", REF, ref="organisation"),
            Field("team_id", REF, ref="team"), starter=True,
        ),
        _entity(
            "component", Scope.ALL, Field("slug"), Field("name"), Field("product_id", REF, ref="product"),
            Field("parent_id", REF, ref="component"), Field("team_id", REF, ref="team"),
            Field("identity"), starter=True,
        ),
        _entity(
            "asset", Scope.RIDES, Field("inventory"), Field("serial"), Field("host"), Field("room"), Field("name"),
            Field("product_id", REF, ref="product"), Field("component_id", REF, ref="component"),
            Field("organisation_id", REF, ref="organisation"),
            Field("caller_id", REF, personal=True, ref="caller", view=WHOLE),
        ),
        _entity(
            "contact", Scope.TICKET, Field("direction"), Field("channel"), Field("number_given", personal=True),
            Field("number", personal=True), Field("called_number"), Field("caller_id", REF, ref="caller"),
            Field("caller_name", personal=True), Field("behalf_id", REF, ref="caller"),
            Field("behalf_name", personal=True), Field("language"), Field("started_at", INSTANT),
            Field("answered_at", INSTANT), Field("holds", JSON), Field("ended_at", INSTANT),
            Field("wrapped_at", INSTANT), Field("agent_id", REF, ref="agent"),
            Field("tickets", REFS, Merge.SET, ref="ticket"), Field("outcome"),
            Field("note", personal=True, view=WHOLE),
        ),
        _entity(
            "identity_check", Scope.TICKET, Field("contact_id", REF, ref="contact"),
            Field("caller_id", REF, ref="caller"), Field("ticket_id", REF, ref="ticket"), Field("matter"),
            Field("method"), Field("result"), Field("reason", personal=True), Field("agent_id", REF, ref="agent"),
            Field("at", INSTANT),
        ),
        _entity(
            "ticket", Scope.TICKET, Field("number"), Field("type"), Field("caller_id", REF, ref="caller"),
            Field("caller_name", personal=True), Field("caller_number", personal=True),
            Field("affected_id", REF, ref="caller"), Field("affected_name", personal=True),
            Field("approver_id", REF, ref="caller"), Field("approver_name", personal=True),
            Field("organisation_id", REF, ref="organisation"), Field("organisation_name"),
            Field("product_id", REF, ref="product"), Field("component_id", REF, ref="component"),
            Field("component_name"), Field("asset_id", REF, ref="asset"), Field("asset_name"), Field("language"),
            Field("title", personal=True), Field("description", personal=True), Field("impact", INT, Merge.MORE_URGENT),
            Field("urgency", INT, Merge.MORE_URGENT), Field("priority", merge=Merge.MORE_URGENT),
            Field("priority_reason", personal=True), Field("wish", personal=True), Field("status"),
            Field("status_reason", personal=True), Field("wait_until", INSTANT), Field("level", INT),
            Field("team_id", REF, ref="team"), Field("assignee_id", REF, Merge.FIRST_HOLDS, ref="agent"),
            Field("owner_id", REF, ref="agent"), Field("callback_at", INSTANT), Field("callback_number", personal=True),
            Field("callback_to", personal=True), Field("chasers", INT), Field("solution", personal=True),
            Field("tags", SET, Merge.SET), Field("created_at", INSTANT), Field("solved_at", INSTANT),
            Field("closed_at", INSTANT), Field("merged_into_id", REF, ref="ticket"), Field("origin"),
            Field("contract_id", REF, ref="contract"), Field("coverage"), Field("coverage_reason", personal=True),
            Field("needed_by", INSTANT), Field("needed_for", personal=True),
            withdrawn=("status", "cancelled"),
        ),
        _entity(
            "note", Scope.TICKET, Field("ticket_id", REF, ref="ticket"), Field("audience"),
            Field("text", merge=Merge.APPEND, personal=True), Field("agent_id", REF, ref="agent"),
            Field("author_text", personal=True), Field("at", INSTANT), Field("withdrawn_at", INSTANT),
            withdrawn=("withdrawn_at", "now"),
        ),
        _entity(
            "link", Scope.TICKET, Field("kind"), Field("from_id", REF, ref="ticket"), Field("to_id", REF, ref="ticket")
        ),
        _entity(
            "attachment", Scope.TICKET, Field("ticket_id", REF, ref="ticket"), Field("name", personal=True),
            Field("size", INT), Field("digest", personal=True), Field("type"),
        ),
        _entity(
            "article", Scope.ALL, Field("slug"), Field("lang"), Field("title"), Field("issue"),
            Field("keywords", SET, Merge.SET), Field("body"), Field("state"), Field("audience"), Field("identity"),
            Field("products", SET, Merge.SET), Field("components", SET, Merge.SET),
            Field("owner_id", REF, ref="agent", view=WHOLE), starter=True,
        ),
        _entity(
            "article_use", Scope.TICKET, Field("article_id", REF, ref="article"),
            Field("ticket_id", REF, ref="ticket"), Field("contact_id", REF, ref="contact"),
            Field("steps", JSON), Field("helped", BOOL), Field("reason", personal=True),
            Field("agent_id", REF, ref="agent"), Field("at", INSTANT),
        ),
        _entity(
            "handoff", Scope.TICKET, Field("ticket_id", REF, ref="ticket"), Field("from_team_id", REF, ref="team"),
            Field("to_team_id", REF, ref="team"), Field("offered_by_id", REF, ref="agent"),
            Field("packet", JSON, personal=True), Field("incomplete_reason", personal=True), Field("state"),
            Field("reason", personal=True), Field("offered_at", INSTANT), Field("answered_at", INSTANT),
            Field("answered_by_id", REF, Merge.FIRST_HOLDS, ref="agent"),
            withdrawn=("state", "withdrawn"),
        ),
        _entity(
            "breach", Scope.TICKET, Field("ticket_id", REF, ref="ticket"), Field("kind"), Field("due_at", INSTANT),
            Field("contract_id", REF, ref="contract"), Field("at", INSTANT), Field("reason", personal=True),
            Field("agent_id", REF, ref="agent"),
        ),
        _entity(
            "major_incident", Scope.ALL, Field("ticket_id", REF, ref="ticket"), Field("title"),
            Field("product_id", REF, ref="product"), Field("component_id", REF, ref="component"),
            Field("communicator_id", REF, ref="agent"), Field("agent_id", REF, ref="agent"),
            Field("began_at", INSTANT), Field("declared_at", INSTANT), Field("next_update_at", INSTANT),
            Field("ended_at", INSTANT),
        ),
        _entity(
            "statement", Scope.ALL, Field("major_id", REF, ref="major_incident"),
            Field("ticket_id", REF, ref="ticket"), Field("texts", JSON), Field("agent_id", REF, ref="agent"),
            Field("at", INSTANT), Field("valid_until", INSTANT),
        ),
        _entity(
            "told", Scope.TICKET, Field("major_id", REF, ref="major_incident"), Field("ticket_id", REF, ref="ticket"),
            Field("statement_id", REF, ref="statement"), Field("who", personal=True), Field("how"),
            Field("still_broken", BOOL), Field("agent_id", REF, ref="agent"), Field("at", INSTANT),
        ),
        _entity(
            "outage", Scope.TICKET, Field("ticket_id", REF, ref="ticket"), Field("product_id", REF, ref="product"),
            Field("component_id", REF, ref="component"), Field("kind"), Field("began_at", INSTANT),
            Field("ended_at", INSTANT), Field("agent_id", REF, ref="agent"), Field("reason", personal=True),
        ),
        _entity(
            "conflict", Scope.TICKET, Field("entity"), Field("row_id"), Field("ticket_id", REF, ref="ticket"),
            Field("field"), Field("kept", JSON, personal=True), Field("kept_by"), Field("kept_at", INSTANT),
            Field("offered", JSON, personal=True), Field("offered_by"), Field("offered_at", INSTANT),
            Field("entry_id"), Field("state"), Field("decided_by_id", REF, ref="agent"), Field("decided_at", INSTANT),
        ),
        _entity(
            "shift", Scope.AGENT, Field("agent_id", REF, ref="agent"), Field("kind"), Field("at", INSTANT),
            Field("taken", REFS, Merge.SET, ref="ticket"),
        ),
        _entity(
            "saved_view", Scope.AGENT, Field("agent_id", REF, ref="agent"), Field("name"), Field("filter", JSON)
        ),
    )
}
