//! Records.

use super::{Fields, Read, Value};
use crate::{read_object, *};

impl<T: Read> Read for List<T> {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(Self { items: from.take("items")?, next_cursor: from.take("nextCursor")? })
    }
}

read_object!(User { id = "id", name = "name" });
read_object!(Info {
    version = "version",
    instance = "instance",
    runtime = "runtime",
    store = "store",
    provider = "provider",
    model = "model",
    demo = "demo",
    isolation = "isolation",
    approvals = "approvals",
    host = "host",
    defaults = "defaults",
});
read_object!(Approvals { boundary = "boundary", why = "why" });
read_object!(Defaults {
    mode = "mode",
    idle_timeout = "idleTimeout",
    permission_timeout = "permissionTimeout",
    cpu = "cpu",
    memory = "memory",
    storage = "storage",
});
read_object!(StepNow { step = "step", message = "message", since = "since" });
read_object!(Start { seq = "seq", at = "at", ready_at = "readyAt", step = "step" });
read_object!(Failure { code = "code", message = "message", hint = "hint", detail = "detail", since = "since" });
read_object!(Problem {
    kind = "type",
    title = "title",
    status = "status",
    detail = "detail",
    code = "code",
    hint = "hint",
    cause = "cause",
    turn_id = "turnId",
    request_id = "requestId",
});
read_object!(Endpoint { url = "url", via = "via" });
read_object!(Resources {
    namespace = "namespace",
    deployment = "deployment",
    service = "service",
    ingress = "ingress",
    pod = "pod",
});
read_object!(Activity {
    state = "state",
    summary = "summary",
    since = "since",
    turn_id = "turnId",
    pending_permissions = "pendingPermissions",
    awake_reason = "awakeReason",
    tokens_today = "tokensToday",
    cost_today = "costToday",
});
read_object!(Settings {
    provider = "provider",
    model = "model",
    mode = "mode",
    idle_timeout = "idleTimeout",
    permission_timeout = "permissionTimeout",
    cpu = "cpu",
    memory = "memory",
    storage = "storage",
});
read_object!(Removed { kind = "kind", name = "name" });
read_object!(Attachment { name = "name", mime_type = "mimeType", text = "text", data = "data" });
read_object!(AttachmentInfo { name = "name", mime_type = "mimeType", size = "size" });
read_object!(Accepts { images = "images", texts = "texts" });
read_object!(WorkspaceFile { path = "path" });
read_object!(Session {
    id = "id",
    title = "title",
    created_at = "createdAt",
    last_activity_at = "lastActivityAt",
    mode = "mode",
    model = "model",
    is_default = "isDefault",
    options = "options",
    accepts = "accepts",
});
read_object!(SessionOptions { modes = "modes", models = "models", model = "model", commands = "commands" });
read_object!(Choice { id = "id", name = "name", description = "description" });
read_object!(SlashCommand { name = "name", description = "description", hint = "hint" });
read_object!(Cost { amount = "amount", currency = "currency" });
read_object!(Usage {
    input_tokens = "inputTokens",
    output_tokens = "outputTokens",
    total_tokens = "totalTokens",
    context_used = "contextUsed",
    context_size = "contextSize",
    cost = "cost",
});
read_object!(UsageRow {
    day = "day",
    project_id = "projectId",
    project_name = "projectName",
    model = "model",
    turns = "turns",
    input_tokens = "inputTokens",
    output_tokens = "outputTokens",
    total_tokens = "totalTokens",
    cost = "cost",
});
read_object!(UsageReport { from = "from", to = "to", rows = "rows" });
read_object!(Finding { about = "about", state = "state", found = "found", hint = "hint" });
read_object!(Status { findings = "findings" });
read_object!(Diff { path = "path", old_text = "oldText", new_text = "newText" });
read_object!(PermissionOption { id = "id", name = "name", kind = "kind" });
read_object!(Permission {
    id = "id",
    project_id = "projectId",
    session_id = "sessionId",
    turn_id = "turnId",
    tool_call = "toolCall",
    options = "options",
    state = "state",
    option_id = "optionId",
    answered_by = "answeredBy",
    comment = "comment",
    created_at = "createdAt",
    expires_at = "expiresAt",
    answered_at = "answeredAt",
});

impl Read for Project {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(Self {
            id: from.take("id")?,
            user_id: from.take("userId")?,
            name: from.take("name")?,
            created_at: from.take("createdAt")?,
            desired_state: from.take("desiredState")?,
            phase: from.take("phase")?,
            failure: from.take("failure")?,
            endpoint: from.take("endpoint")?,
            resources: from.take("resources")?,
            activity: from.take("activity")?,
            default_session_id: from.take("defaultSessionId")?,
            last_activity_at: from.take("lastActivityAt")?,
            sleeps_at: from.take("sleepsAt")?,
            restart_needed: from.take("restartNeeded")?,
            warnings: from.or_default("warnings")?,
            settings: from.take("settings")?,
            start: from.take("start")?,
        })
    }
}

impl Read for Message {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(Self {
            id: from.take("id")?,
            session_id: from.take("sessionId")?,
            turn_id: from.take("turnId")?,
            role: from.take("role")?,
            parts: from.take("parts")?,
            attachments: from.or_default("attachments")?,
            created_at: from.take("createdAt")?,
            state: from.take("state")?,
            failure: from.take("failure")?,
            stop_reason: from.take("stopReason")?,
            ended_at: from.take("endedAt")?,
            usage: from.take("usage")?,
        })
    }
}

impl Read for Turn {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(Self {
            id: from.take("id")?,
            session_id: from.take("sessionId")?,
            state: from.take("state")?,
            stop_reason: from.take("stopReason")?,
            prompt: from.take("prompt")?,
            attachments: from.or_default("attachments")?,
            text: from.or_default("text")?,
            parts: from.or_default("parts")?,
            usage: from.take("usage")?,
            failure: from.take("failure")?,
            created_at: from.take("createdAt")?,
            started_at: from.take("startedAt")?,
            ended_at: from.take("endedAt")?,
        })
    }
}

impl Read for ToolCall {
    fn read(from: Value) -> Option<Self> {
        let mut from = Fields::of(from)?;
        Some(Self {
            id: from.take("id")?,
            title: from.take("title")?,
            kind: from.take("kind")?,
            name: from.take("name")?,
            status: from.take("status")?,
            input: from.or_default("input")?,
            output: from.or_default("output")?,
            exit_code: from.take("exitCode")?,
            diffs: from.or_default("diffs")?,
            started_at: from.take("startedAt")?,
            ended_at: from.take("endedAt")?,
        })
    }
}

impl Read for Isolation {
    fn read(from: Value) -> Option<Self> {
        if from.as_str() == Some("none") {
            return Some(Self::None);
        }
        let mut from = Fields::of(from)?;
        Some(Self::Policies {
            policies: from.take("policies")?,
            enforced: from.take("enforced")?,
            since: from.take("since")?,
        })
    }
}
