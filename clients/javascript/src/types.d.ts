// Generated from docs/openapi.json by `python -m agent_api.clients`.

/** Whom to block. */
export type AddBlock = { address: string; reason: string; account_id?: string | null; until?: string | null };

/** What to ask, and what to read of the answer. */
export type AddContextSource = { name: string; url: string; header_name?: string | null; header_value?: string | null; items?: string | null; fields: Record<string, unknown>; ttl_seconds?: number };

/** Adds a private note. */
export type AddNote = { type: "note"; text: string };

/** Whether customers who rated well are invited to tell others. */
export type AdvocateSettings = { enabled?: boolean; least_score?: number; every_days?: number; per_day?: number; review_links?: Record<string, unknown>; review_link?: string | null; referral?: boolean };

/** Invitations of one channel and kind, and what came of them by now. */
export type AdvocatesLine = { channel: string; kind: "review" | "referral"; invited: number; opened: number; used: number; uses: number };

/** What came of invitations. Whether a review was written is known to its platform alone. */
export type AdvocatesReport = { items: Array<AdvocatesLine> };

/** Somebody who answers: a person or a bot. */
export type Agent = { id: string; name: string; email: string; role: "admin" | "supervisor" | "agent" | "bot"; role_id: string | null; presence: "online" | "away" | "draining" | "offline"; presence_reason: string | null; presence_changed_at: string; offline_at: string | null; capacity: number; capacity_override: number; used: number; interruptible_capacity: number; interruptible_used: number; wrap_up_until: string | null; hours: Record<string, unknown> | null; team_ids: Array<string>; skills: Record<string, number>; languages: Array<string>; created_at: string; version: number };

/** A page of agents, the oldest first. */
export type AgentPage = { items: Array<Agent>; next_cursor?: string | null };

/** What all of them are told. */
export type AnswerIncident = { text: string };

/** A key without its secret part. */
export type ApiKey = { id: string; name: string; role: "admin" | "supervisor" | "agent" | "bot" | "partner"; role_id: string | null; agent_id: string | null; prefix: string; created_at: string; expires_at: string | null; revoked_at: string | null; last_used_at: string | null };

/** A page of keys, the newest first. */
export type ApiKeyPage = { items: Array<ApiKey>; next_cursor?: string | null };

/** A policy to apply. */
export type ApplyPolicy = { document: Document; note?: string | null };

/** An article's working copy, and what became of it. */
export type Article = { id: string; slug: string; language: string; title: string; body: string; section_id: string | null; brand: string | null; review_on: string | null; published: number | null; helpful: number; unhelpful: number; created_at: string; updated_at: string; version: number };

/** The assistant quotes one article. */
export type ArticleAction = { kind: "article"; slug: string };

/** What an article says; customers see it once it is published. */
export type ArticleIn = { slug: string; language: string; title: string; body: string; section_id?: string | null; brand?: string | null; review_on?: string | null };

/** A page of articles, the last changed first. */
export type ArticleList = { items: Array<Article>; next_cursor?: string | null };

/** Whether an article helped. */
export type ArticleOpinion = { account_id: string; helpful: boolean };

/** A text as customers will see it. */
export type ArticlePreview = { html: string };

/** What an article said once. */
export type ArticleVersion = { number: number; title: string; body: string; published_at: string; published_by: string | null };

/** Every published version of an article. */
export type ArticleVersions = { items: Array<ArticleVersion> };

/** What to do to a message. */
export type AskAction = { do: EditIn | ReactIn | PlainIn };

/** Who takes it. */
export type Assign = { agent_id: string | null; when_free?: boolean };

/** Gives it to an agent, to the caller, or back to the queue. */
export type AssignTo = { type: "assign"; agent_id: string | "me" | null };

/** An uploaded file. Hand `url` over as the link of a media message. */
export type Attachment = { id: string; filename: string; mime: string; size: number; sha256: string; url: string; url_expires_at: string; created_at: string };

/** Whether the log is whole. */
export type AuditCheck = { checked: number; last: number; intact: boolean; broken_at: number | null; next_after: number | null };

/** One change of configuration, or one that was refused for want of permission. */
export type AuditLine = { number: number; at: string; actor: string; operation: string; target: string | null; request_id: string; status: number; hash: string };

/** A page of the log, the newest first. */
export type AuditPage = { items: Array<AuditLine>; next_cursor?: string | null };

/** Who said it. */
export type Author = { kind: "contact" | "agent" | "bot" | "system"; id: string | null };

/** An address whose messages are stored and wake nobody. A lifted one stays, with who lifted it and why. */
export type Block = { id: string; account_id: string | null; address: string; reason: string; blocked_by: string | null; blocked_at: string; until: string | null; lifted_at: string | null; lifted_by: string | null; lifted_note: string | null };

/** A page of blocks, the newest first. */
export type BlockPage = { items: Array<Block>; next_cursor?: string | null };

/** Which slot is promised. */
export type BookCallBack = { at: string };

/** What holds for all bots. */
export type BotSettings = { disclose?: boolean; answer_within_seconds?: number; handover_texts?: Record<string, unknown>; assistant_agent_id?: string | null; words?: BotWords };

/** A bot's time for its answer. */
export type BotTurn = { until: string };

/** Words of the tenant's own that take a conversation from a bot, beside ours. */
export type BotWords = { asked?: Array<string>; sensitive?: Array<string>; anger?: Array<string> };

/** One call between a customer and an agent in their browsers. */
export type BrowserCall = { id: string; conversation_id: string; kind: "audio" | "video"; via: "peer" | "room"; state: "ringing" | "active" | "ended"; started_by: "agent" | "customer"; agent_id: string | null; started_at: string; rings_until: string; answered_at: string | null; ended_at: string | null; cause: "hung_up" | "cancelled" | "declined" | "missed" | "busy" | "lost" | null };

/** A call to make. */
export type BrowserCallIn = { kind: "audio" | "video"; via?: "peer" | "room"; device: string };

/** The latest calls of a conversation. */
export type BrowserCallList = { items: Array<BrowserCall> };

/** Steps to take on many conversations. */
export type BulkAction = { conversation_ids: Array<string>; steps: Array<SetStatus | Snooze | AssignTo | TransferTo | Prioritise | Label | AddNote | SendReply> };

/** How it went with one conversation. */
export type BulkResult = { conversation_id: string; done: boolean; code: string | null; detail: string | null };

/** How it went with each. */
export type BulkResults = { items: Array<BulkResult> };

/** A choice shown to the customer: a quick reply, or a link where `url` is set. */
export type Button = { id: string; title: string; url?: string | null };

/** A choice to offer. */
export type ButtonIn = { id: string; title: string; url?: string | null };

/** Days on which the teams that name it are closed. */
export type Calendar = { id: string; name: string; source: CountrySource | FeedSource | DaysSource; days: Array<CalendarDay>; refreshed_at: string | null; error: string | null; created_at: string; version: number };

/** A day off. */
export type CalendarDay = { date: string; name: string };

/** A calendar as it shall be. */
export type CalendarIn = { name: string; source: CountrySource | FeedSource | DaysSource };

/** All calendars. */
export type CalendarList = { items: Array<Calendar> };

/** A promise to contact the customer. */
export type CallBack = { at: string; booked_by: string | null; created_at: string };

/** What is promised in a conversation. */
export type CallBackList = { items: Array<CallBack> };

/** How customers are promised a time. */
export type CallBackPlan = { minutes?: 5 | 10 | 15 | 20 | 30 | 60; each?: number; days?: number };

/** A time that can be promised. */
export type CallBackSlot = { start: string; free: number };

/** Times that can be promised, the soonest first. */
export type CallBackSlots = { items: Array<CallBackSlot>; minutes: number };

/** How to reach the other side. */
export type CallConnection = { call_id: string; polite: boolean; ice_servers: Array<CallIceServer>; room: CallRoom | null };

/** Which page takes it. */
export type CallDevice = { device: string };

/** One RTCIceServer, to hand to RTCPeerConnection as it is. */
export type CallIceServer = { urls: Array<string>; username: string | null; credential: string | null };

/** A room of a LiveKit server, to hand to its client as it is. */
export type CallRoom = { url: string; token: string };

/** One routing decision: what the dispatcher saw and why it chose as it did. */
export type Candidate = { id: string; at: string; outcome: string; agent_id: string | null; explanation: Record<string, unknown> };

/** A text that is used again and again. */
export type CannedReply = { id: string; shortcut: string; title: string; body: string; created_at: string; version: number };

/** A canned reply. */
export type CannedReplyIn = { shortcut: string; title: string; body: string };

/** All of the tenant's canned replies. */
export type CannedReplyList = { items: Array<CannedReply> };

/** A picture with a title, a text and buttons: a product, a parcel. Several stand side by side as a carousel. */
export type Card = { title: string; text?: string | null; image_url?: string | null; buttons?: Array<Button> };

/** A thing: a picture, a title, a text, choices. */
export type CardIn = { title: string; text?: string | null; image_url?: string | null; buttons?: Array<ButtonIn> };

/** Things side by side; a channel without cards writes them one after the other. */
export type CarouselIn = { type: "carousel"; text?: string | null; cards: Array<CardIn> };

/** What changes; what is left out stays. */
export type ChangeChannelAccount = { name?: string | null; state?: "active" | "paused" | null; team_id?: string | null; config?: Record<string, unknown> | null };

/** What changes; what is left out or null stays. */
export type ChangeContact = { name?: string | null; language?: string | null; cohort?: "gen_z" | "gen_y" | "other" | "unknown" | null; cohort_source?: "partner_attribute" | "identify_call" | "customer_answer" | null };

/** What is added and what is taken away; all else stays. So two people never undo each other's. */
export type ChangeLabels = { add_tags?: Array<string>; remove_tags?: Array<string>; fields?: Record<string, unknown> };

/** A new password for oneself. */
export type ChangePassword = { current: string; new: string };

/** The status it gets. */
export type ChangeStatus = { status: "open" | "pending" | "snoozed" | "resolved"; snoozed_until?: string | null };

/** What changes; what is left out stays. */
export type ChangeTeam = { name?: string | null; hours?: OpeningHours | null; routing?: TeamRouting | null };

/** What changes; what is left out or null stays. */
export type ChangeWebhookEndpoint = { name?: string | null; url?: string | null; event_types?: Array<EventType> | null; filter?: WebhookFilter | null; state?: "active" | "paused" | null };

/** What a kind of medium can carry. */
export type Channel = { name: string; title: string; channel_class: string; ingress: string; outbound: boolean; notice_only: boolean; text_max: number; text_unit: string; media: Array<string>; media_max_bytes: number; buttons_max: number; list_rows_max: number; carousel_max: number; markup: string; location: boolean; actions: Array<string>; templates: boolean; reply_window_seconds: number | null; after_window: string; receipts: Array<string>; typing: boolean; calls: boolean; visibility: string; weakness: string | null };

/** One number, page or mailbox of the tenant. */
export type ChannelAccount = { id: string; channel: string; name: string; external_id: string; team_id: string | null; state: "active" | "paused" | "quarantined"; webhook_url: string; created_at: string; updated_at: string; version: number };

/** A page of channel accounts, the oldest first. */
export type ChannelAccountPage = { items: Array<ChannelAccount>; next_cursor?: string | null };

/** How soon people expect an answer; SLA policies and units go by it, never by a channel's name. */
export type ChannelClass = "live" | "messaging" | "mail" | "voice" | "public";

/** Whether an account works, and what speaks against it. */
export type ChannelHealth = { account_id: string; channel: string; state: string; health: "ok" | "degraded" | "down"; reasons: Array<string>; last_error: LastError | null; counts: Counts; traffic: Array<TrafficHour>; notices: Array<Notice>; token: TokenHealth | null; poll: PollHealth | null; deliveries: DeliveryHealth; weakness: string | null };

/** A channel that is not shown now. */
export type ChannelHidden = { account_id: string; reason: "switched_off" | "not_staffed" | "wait_too_long" | "cap_reached" | "others_first" };

/** Every channel of this installation. */
export type ChannelList = { items: Array<Channel> };

/** One channel to show. */
export type ChannelOffered = { account_id: string; channel: string; title: string; open: string | null; expected_wait_seconds: number; by: "agent" | "bot"; chance: number; reason: "learnt" | "new" | "explored" };

/** Limits of one channel's offers. */
export type ChannelRules = { per_hour?: number | null; longest_wait_seconds?: number | null; hidden?: boolean; address?: string | null };

/** A policy to check. */
export type CheckPolicy = { document: Document };

/** A webhook that was refused, as it was received: its headers, its raw body, and your secret. */
export type CheckSignature = { secret: string; webhook_id?: string | null; webhook_timestamp?: string | null; webhook_signature?: string | null; body: string };

/** The button, list row or form answer that a customer picked. */
export type Choice = { id: string; title?: string | null; data?: Record<string, unknown> | null };

/** A list the customer opens by a button and picks one row of; the pick comes back as `Choice`. */
export type ChoiceList = { button: string; sections: Array<schemas__content__Section> };

/** An interval in which it was one party's turn. */
export type ClockLeg = { leg: string; clock: string | null; status: string; team_id: string | null; agent_id: string | null; started_at: string; ended_at: string | null; start_cause: string; end_cause: string | null };

/** Targets met and missed. */
export type ClockReport = { items: Array<ClockReportLine> };

/** Figures of one clock and group. */
export type ClockReportLine = { clock: string; key: string | null; runs: number; met: number; breached: number; running: number; seconds: LegSeconds; blamed: Record<string, number> };

/** One run of a clock. */
export type ClockRun = { clock: string; started_at: string; due_at: string | null; ended_at: string | null; outcome: string; blamed: string | null; policy_id: string | null; policy_version: number | null; team_id: string | null; seconds: LegSeconds };

/** A page of the history, the newest first. */
export type ConsentPage = { items: Array<RecordedConsent>; next_cursor?: string | null };

/** Consents with their proof. */
export type ConsentsPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; items: Array<ShownConsent>; opted_out: Array<OptedOut> };

/** A person who writes. */
export type Contact = { id: string; name: string | null; language: string | null; cohort: "gen_z" | "gen_y" | "other" | "unknown"; cohort_source: string | null; points: Array<ContactPoint>; created_at: string; version: number };

/** A business card somebody shared: it is content, never an identity of the sender. */
export type ContactCard = { name: string; phones?: Array<string>; emails?: Array<string> };

/** One merge of two records. */
export type ContactMerge = { id: string; into_contact_id: string; from_contact_id: string; reason: string; at: string; undone_at: string | null };

/** The merges of one contact. */
export type ContactMergeList = { items: Array<ContactMerge> };

/** A page of contacts, the newest first. */
export type ContactPage = { items: Array<Contact>; next_cursor?: string | null };

/** One address of a person on one channel account. */
export type ContactPoint = { account_id: string; channel: string; address: string; name: string | null };

/** Who asks, as this channel knows them. */
export type ContactRef = { id: string; name: string | null; address: string };

/** What a message says. Everything in it was written by somebody else: show it as text. */
export type ContentShown = { text?: string | null; media?: Array<MediaShown>; location?: Location | null; cards?: Array<ContactCard>; buttons?: Array<Button>; choices?: ChoiceList | null; carousel?: Array<Card>; text_format?: "plain" | "light"; choice?: Choice | null; template?: Template | null; unsupported?: string | null };

/** A URL that is asked about the customer whom an agent looks at. Its secret is never shown again. */
export type ContextSource = { id: string; name: string; url: string; header_name: string | null; items: string | null; fields: Record<string, string>; ttl_seconds: number; created_at: string; circuit?: "closed" | "half_open" | "open" };

/** All of the tenant's. */
export type ContextSourceList = { items: Array<ContextSource> };

/** One case on one channel account and thread. */
export type Conversation = { id: string; channel: string; channel_class: string; account_id: string; status: "open" | "pending" | "snoozed" | "resolved"; visibility: string; contact: ContactRef; cohort: string; subject: string | null; preview: string; message_count: number; team_id: string | null; agent_id: string | null; assigned_at: string | null; units: number; priority: number; needs: Array<Need>; policy_id: string | null; sla_state: string; waiting_since: string | null; customer_waiting_since: string | null; due_at: string | null; first_reply_at: string | null; last_customer_at: string | null; last_message_at: string; window_expires_at: string | null; allowed_now: "anything" | "template" | "tag" | "nothing"; public_post: Post | null; linked_id: string | null; unassigned_reason: string | null; snoozed_until: string | null; opened_at: string; resolved_at: string | null; previous_id: string | null; version: number };

/** All about the clocks of one conversation. */
export type ConversationClocks = { conversation_id: string; due_at: string | null; resolve_by: string | null; paused: string | null; legs: Array<ClockLeg>; runs: Array<ClockRun> };

/** A page of conversations, the last active first. */
export type ConversationPage = { items: Array<Conversation>; next_cursor?: string | null };

/** Figures of conversations by when they were opened. */
export type ConversationReport = { items: Array<ReportLine> };

/** How long a conversation will wait. */
export type ConversationWait = { conversation_id: string; position: number | null; waiting: number; wait: ExpectedWait | null; accuracy: WaitAccuracy | null };

/** Public holidays of a country. */
export type CountrySource = { kind: "country"; country: string; subdivision?: string | null };

/** Events by what became of them. `received` is the sum of stored, doubled and refused, once all are through. */
export type Counts = { received: number; stored: number; doubled: number; refused: number; found_by_poll: number };

/** A new agent or bot. They come in by an API key of their own (createApiKey). */
export type CreateAgent = { name: string; email: string; role?: "admin" | "supervisor" | "agent" | "bot"; capacity?: number; team_ids?: Array<string> };

/** A new key. */
export type CreateApiKey = { name: string; role: "admin" | "supervisor" | "agent" | "bot" | "partner"; role_id?: string | null; agent_id?: string | null; expires_at?: string | null };

/** A new channel account. */
export type CreateChannelAccount = { channel: string; name: string; external_id: string; config: Record<string, unknown>; team_id?: string | null };

/** A new team. */
export type CreateTeam = { name: string; hours?: OpeningHours | null; routing?: TeamRouting | null };

/** A new endpoint. It is sent what happens from now on. */
export type CreateWebhookEndpoint = { name: string; url: string; event_types?: Array<EventType>; filter?: WebhookFilter };

/** The button the customer pressed, by the id that our message gave it. */
export type CustomerChoice = { id: string; title?: string | null };

/** What is known of a customer. Parts load at the same time; none waits for another. */
export type CustomerContext = { contact_id: string; name: string | null; language: string | null; cohort: "gen_z" | "gen_y" | "other" | "unknown"; cohort_source: string | null; at: string; history: HistoryPart; orders: OrdersPart; loyalty: LoyaltyPart; promises: PromisesPart; satisfaction: SatisfactionPart; consents: ConsentsPart; sources: SourcesPart };

/** One conversation of the customer's own. */
export type CustomerConversation = { id: string; status: "open" | "resolved"; agent: string | null; preview: string; unread: number; score: number | null; opened_at: string; last_message_at: string };

/** A page of conversations, the newest first. */
export type CustomerConversationPage = { items: Array<CustomerConversation>; next_cursor?: string | null };

/** Whether somebody is there, who, how long an answer takes, and how the chat looks. */
export type CustomerDesk = { state: "online" | "away" | "closed"; opens_at: string | null; agents: Array<string>; wait: CustomerWait | null; signs_in: boolean; look: WidgetLook };

/** A device that is rung when an answer comes which isn't read within ten seconds. */
export type CustomerDevice = { id: string; provider: "fcm" | "apns" };

export type CustomerLocation = { latitude: number; longitude: number; name?: string | null };

/** A file the customer uploaded before. `upload` is the id that the upload gave; `size` is in bytes and only a claim. */
export type CustomerMedia = { upload: string; kind: MediaKind; mime?: string | null; filename?: string | null; size?: number | null; caption?: string | null };

/** A picture, recording or file. */
export type CustomerMediaShown = { kind: MediaKind; mime: string | null; caption: string | null; filename: string | null; size: number | null; url: string | null };

/** A page of messages, the newest first. */
export type CustomerMessagePage = { items: Array<CustomerMessageShown>; next_cursor?: string | null };

/** One message of the visitor's own conversation. */
export type CustomerMessageShown = { id: string; conversation_id: string; client_id: string | null; sender: "you" | "agent" | "bot" | "system"; name: string | null; text: string | null; text_format: "plain" | "light"; media: Array<CustomerMediaShown>; buttons: Array<Button>; choices: ChoiceList | null; carousel: Array<Card>; location: Location | null; choice: Choice | null; read: boolean; at: string; edited_at: string | null; deleted: boolean };

/** Who this visitor is from now on. The token proves it: keep it on the device, not in a URL. */
export type CustomerSession = { visitor_id: string; token: string; expires_at: string; url: string; signed_in?: boolean };

/** An uploaded file: name `upload` and `kind` in the `media` of a message. */
export type CustomerUpload = { upload: string; kind: MediaKind; mime: string; filename: string; size: number; url: string };

/** How long it will be until somebody takes what is written now. */
export type CustomerWait = { low_seconds: number; high_seconds: number; position: number };

/** Days that you name. */
export type DaysSource = { kind: "days"; days: Array<CalendarDay> };

/** What could not be processed and waits for somebody. */
export type DeadLetters = { open: number; oldest_at: string | null };

/** A page of routing decisions, the newest first. */
export type DecisionPage = { why: string | null; items: Array<Candidate>; next_cursor?: string | null };

/** Why not. */
export type Decline = { reason?: string | null };

/** Why it was not sent. */
export type DeliveryError = { code: string; detail: string | null };

/** What is on its way out. */
export type DeliveryHealth = { waiting: number; oldest_at: string | null; failed_last_day: number };

/** A tenant's whole policy. */
export type Document = { sla_policies: Array<NamedPolicy>; routing?: Routing };

/** Another text in place of ours. */
export type EditIn = { action: "edit"; text: string; format?: "plain" | "light" };

/** One thing that is done when a reply is late. */
export type EscalationStep = { after_seconds: number; action: "raise" | "widen" | "overflow" | "notify" | "bot" | "call_back"; by?: number; team_id?: string | null; agent_id?: string | null; notify?: Array<string> };

/** Came, went or paused. */
export type EventAgentPresenceChanged = { agent_id: string; from: string; to: string; reason: string | null; offline_at?: string | null };

/** Made, or changed in teams or capacity. */
export type EventAgentUpdated = { agent_id: string; created?: boolean | null; team_ids?: Array<string> | null; capacity?: number | null; capacity_override?: number | null; interruptible_capacity?: number | null };

/** A bot has it no more: it goes to people, with a note of what the bot knew. */
export type EventBotHandedOver = { conversation_id: string; agent_id: string | null; team_id: string | null; bot_id: string; reason: string; skill: string | null; fields: Array<string> };

/** A bot let its time for an answer pass; it has it once more, then people get the conversation. */
export type EventBotMissed = { conversation_id: string; agent_id: string | null; team_id: string | null; bot_id: string; misses: number };

/** The other side took it. */
export type EventCallAnswered = { conversation_id: string; agent_id: string | null; team_id: string | null; call_id: string; kind: "audio" | "video"; started_by: "agent" | "customer"; call_agent_id: string | null };

/** It is over. */
export type EventCallEnded = { conversation_id: string; agent_id: string | null; team_id: string | null; call_id: string; kind: "audio" | "video"; started_by: "agent" | "customer"; call_agent_id: string | null; cause: "hung_up" | "cancelled" | "declined" | "missed" | "busy" | "lost"; ended_by: "agent" | "customer" | null; duration_seconds: number | null };

/** A side came into the call's room, or left it. */
export type EventCallParticipantChanged = { conversation_id: string; agent_id: string | null; team_id: string | null; call_id: string; kind: "audio" | "video"; started_by: "agent" | "customer"; call_agent_id: string | null; side: "agent" | "customer"; state: "joined" | "left" };

/** It rings at the other side. */
export type EventCallStarted = { conversation_id: string; agent_id: string | null; team_id: string | null; call_id: string; kind: "audio" | "video"; started_by: "agent" | "customer"; call_agent_id: string | null; rings_until: string };

/** A voice call rang, was answered or ended. */
export type EventCallUpdated = { conversation_id: string; agent_id: string | null; team_id: string | null; call_id: string; state: string; duration_seconds?: number | null };

/** A provider said something about an account itself. */
export type EventChannelAccountNoticed = { account_id: string; code: string; severity: "info" | "warning" | "error" };

/** A customer allowed or forbade further messages on an account. */
export type EventContactConsentChanged = { contact_id: string; account_id: string; state: "opted_in" | "opted_out" };

/** A person's record changed. */
export type EventContactUpdated = { contact_id: string };

/** An agent or bot has it now. */
export type EventConversationAssigned = { conversation_id: string; agent_id: string | null; team_id: string | null; from_agent_id: string | null; reason: string; due_at?: string | null; by?: string | null };

/** It waited so long that a step of its SLA policy was taken. */
export type EventConversationEscalated = { conversation_id: string; agent_id: string | null; team_id: string | null; due_at: string; policy_id: string; policy_version?: number | null; clock?: "first_reply" | "next_reply" | "resolution" | null; step: number; action?: string | null; notify?: Array<string> | null; priority: number };

/** A public case and the private one that an answer to it began know of each other now. */
export type EventConversationLinked = { conversation_id: string; linked_id: string };

/** A new case. */
export type EventConversationOpened = { conversation_id: string; agent_id: string | null; team_id: string | null; contact_id: string; channel: string; previous_id: string | null };

/** The customer said what they thought of it; what they wrote with it stands in the list of ratings. */
export type EventConversationRated = { conversation_id: string; agent_id: string | null; team_id: string | null; score: number };

/** The customer wrote again soon after it was resolved. */
export type EventConversationReopened = { conversation_id: string; agent_id: string | null; team_id: string | null };

/** Opened, parked, put to sleep, woken or resolved. */
export type EventConversationStatusChanged = { due_at?: string | null; waiting_since?: string | null; said_at?: string | null; policy_id?: string | null; policy_version?: number | null; conversation_id: string; agent_id: string | null; team_id: string | null; from: string; to: string; reason: string; by?: string | null };

/** Another team has it now. */
export type EventConversationTransferred = { conversation_id: string; agent_id: string | null; team_id: string | null; from_team_id: string | null; by?: string | null };

/** It is back in the queue. */
export type EventConversationUnassigned = { conversation_id: string; agent_id: string | null; team_id: string | null; from_agent_id: string | null; reason: string; by?: string | null };

/** Its priority, tags or fields changed. */
export type EventConversationUpdated = { conversation_id: string; agent_id: string | null; team_id: string | null; priority?: number | null; from_priority?: number | null; tags?: Array<string> | null; fields_changed?: Array<string> | null; by?: string | null };

/** One fact. `data` holds ids, and what they name as it is now where the role may read it: `conversation`, `message`. Unknown types come without a new version: ignore them. */
export type EventFrame = { v: number; id: string; type: string; at: string; seq: number; prev: number; data: Record<string, unknown> };

/** Somebody who may has to agree to it. */
export type EventGoodwillAsked = { conversation_id: string; agent_id: string | null; team_id: string | null; goodwill_id: string; contact_id: string; rule: string; kind: "voucher" | "upgrade" | "free_return"; value_minor: number; currency: string | null; above: Array<string>; by?: string | null };

/** It is not given. */
export type EventGoodwillDeclined = { conversation_id: string; agent_id: string | null; team_id: string | null; goodwill_id: string; contact_id: string; rule: string; kind: "voucher" | "upgrade" | "free_return"; value_minor: number; currency: string | null; above: Array<string>; by?: string | null };

/** The customer has it: shops honour its code. */
export type EventGoodwillGranted = { conversation_id: string; agent_id: string | null; team_id: string | null; goodwill_id: string; contact_id: string; rule: string; kind: "voucher" | "upgrade" | "free_return"; value_minor: number; currency: string | null; above: Array<string>; by?: string | null };

/** A shared answer goes to all of its conversations. */
export type EventIncidentAnswered = { incident_id: string; by: string };

/** Nothing more was said about it, or somebody closed it. */
export type EventIncidentClosed = { incident_id: string; by: string | null };

/** Far more posts on one subject than usual. */
export type EventIncidentOpened = { incident_id: string; posts: number; usual: number };

/** A file of it can't be had. */
export type EventMediaFailed = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; media_index: number; error?: string | null };

/** A file of it can be fetched now. */
export type EventMediaStored = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; media_index: number };

/** Something done to a message that is there (edited, hidden, reacted to) was queued, taken or refused. */
export type EventMessageActionChanged = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; action_id: string; action: string; state: string; error_code?: string | null };

/** Its author took it back. */
export type EventMessageDeleted = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string };

/** Its author changed it. */
export type EventMessageEdited = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string };

/** An answer waits until the customer writes: the channel's reply window is closed. */
export type EventMessageHeld = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; author_kind?: string | null; author_id?: string | null; automatic?: boolean | null; waited_seconds?: number | null; customer_waited_seconds?: number | null };

/** The customer wrote. */
export type EventMessageReceived = { due_at?: string | null; waiting_since?: string | null; said_at?: string | null; policy_id?: string | null; policy_version?: number | null; conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; suppressed?: "blocked" | "flood" | null };

/** An agent, a bot or a rule answered. */
export type EventMessageSent = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; author_kind?: string | null; author_id?: string | null; automatic?: boolean | null; waited_seconds?: number | null; customer_waited_seconds?: number | null };

/** How the channel carries it. */
export type EventMessageStateChanged = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; state: string; error_code?: string | null; possibly_sent_twice?: boolean | null };

/** A private note. */
export type EventNoteAdded = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string; author_kind: string; author_id: string | null };

/** Events beyond a number. */
export type EventPage = { items: Array<EventFrame>; covered: number; head: number; epoch: string };

/** Somebody reacted to it. */
export type EventReactionChanged = { conversation_id: string; agent_id: string | null; team_id: string | null; message_id: string };

/** Nobody writes the answer any more. */
export type EventReplyLeaseReleased = { conversation_id: string; agent_id: string | null; team_id: string | null; by: string | null; number: number };

/** Somebody writes the answer. */
export type EventReplyLeaseTaken = { conversation_id: string; agent_id: string | null; team_id: string | null; by: string | null; number: number };

/** The agent has the conversation now. */
export type EventReservationAccepted = { reservation_id: string; conversation_id: string; agent_id: string; team_id: string | null; reason?: string | null };

/** The agent doesn't take it; others are asked. */
export type EventReservationDeclined = { reservation_id: string; conversation_id: string; agent_id: string; team_id: string | null; reason?: string | null };

/** An agent is asked; their units are held until it ends. */
export type EventReservationOffered = { reservation_id: string; conversation_id: string; agent_id: string; team_id: string | null; reason?: string | null; expires_at: string };

/** The agent did not answer in time; others are asked. */
export type EventReservationTimedOut = { reservation_id: string; conversation_id: string; agent_id: string; team_id: string | null; reason?: string | null };

/** It is no longer asked for: somebody else has it, or it waits no more. */
export type EventReservationWithdrawn = { reservation_id: string; conversation_id: string; agent_id: string; team_id: string | null; reason?: string | null };

/** The answer is late. */
export type EventSlaBreached = { conversation_id: string; agent_id: string | null; team_id: string | null; due_at: string; policy_id: string; policy_version?: number | null; clock?: "first_reply" | "next_reply" | "resolution" | null };

/** Deadlines moved because a policy, hours or holidays changed. */
export type EventSlaRecomputed = { conversation_id: string; agent_id: string | null; team_id: string | null; due_at: string | null; from_due_at: string | null; resolve_by: string | null; from_resolve_by: string | null; policy_id: string; cause: string };

/** A late answer came, or a late case was resolved. */
export type EventSlaRecovered = { conversation_id: string; agent_id: string | null; team_id: string | null; clock?: "first_reply" | "next_reply" | "resolution" | null; was: "warned" | "breached"; waited_seconds: number; customer_waited_seconds: number };

/** The answer is due soon. */
export type EventSlaWarning = { conversation_id: string; agent_id: string | null; team_id: string | null; due_at: string; policy_id: string; policy_version?: number | null; clock?: "first_reply" | "next_reply" | "resolution" | null; share?: number | null };

/** Every type on the stream; a reader ignores types it doesn't know. */
export type EventType = "conversation.opened" | "conversation.reopened" | "conversation.status_changed" | "conversation.assigned" | "conversation.unassigned" | "conversation.transferred" | "conversation.escalated" | "conversation.updated" | "conversation.linked" | "conversation.rated" | "incident.opened" | "incident.answered" | "incident.closed" | "goodwill.asked" | "goodwill.granted" | "goodwill.declined" | "message.received" | "message.sent" | "message.state_changed" | "message.edited" | "message.deleted" | "message.held" | "message.action_changed" | "note.added" | "reaction.changed" | "media.stored" | "media.failed" | "call.updated" | "call.started" | "call.answered" | "call.ended" | "call.participant_changed" | "typing.started" | "viewing.started" | "reply_lease.taken" | "reply_lease.released" | "bot.missed" | "bot.handed_over" | "reservation.offered" | "reservation.accepted" | "reservation.declined" | "reservation.timed_out" | "reservation.withdrawn" | "sla.warning" | "sla.breached" | "sla.recovered" | "sla.recomputed" | "agent.presence_changed" | "agent.updated" | "contact.updated" | "contact.consent_changed" | "channel_account.noticed" | "webhook_endpoint.disabled";

/** Somebody types. */
export type EventTypingStarted = { conversation_id: string; agent_id: string | null; team_id: string | null; by: string | null };

/** A colleague has it on the screen. */
export type EventViewingStarted = { conversation_id: string; agent_id: string | null; team_id: string | null; by: string | null };

/** We stopped calling a webhook endpoint. */
export type EventWebhookEndpointDisabled = { endpoint_id: string; reason: "gone" | "failing" };

/** How long it will be. */
export type ExpectedWait = { seconds: number; low_seconds: number; high_seconds: number; answer_seconds: number };

/** One place of the request that is wrong. */
export type Fault = { pointer: string; detail: string };

/** Whole-day events of an iCalendar feed (RFC 5545), read once a day. */
export type FeedSource = { kind: "ical"; url: string };

/** The assistant asks for what is missing, then people have it with what it collected. */
export type FormAction = { kind: "form"; fields: Array<FormField>; skill?: string | null };

/** Something that must be known. */
export type FormField = { name: string; kind?: "text" | "number" | "email" | "date"; ask: Record<string, unknown> };

/** An article that may answer. */
export type FoundArticle = { article_id: string; title: string; excerpt: string; path: string | null; score: number; coverage: number };

/** What was found, the best first. */
export type FoundArticles = { search_id: string; items: Array<FoundArticle> };

/** A page of messages that were found, the newest first. */
export type FoundMessages = { items: Array<Message>; next_cursor?: string | null };

/** Something that was asked and not found. */
export type Gap = { words: string; language: string; asked: number; last_at: string };

/** What customers look for and don't find. */
export type GapList = { items: Array<Gap> };

/** What to give, by which rule of the settings. */
export type GiveGoodwill = { rule: string; value_minor: number; reason: string };

/** What was given to a customer, or waits for a decision. */
export type Goodwill = { id: string; conversation_id: string; contact_id: string; rule: string; kind: "voucher" | "upgrade" | "free_return"; value_minor: number; currency: string | null; reason: string; state: "waiting" | "granted" | "declined"; above: Array<"above_own_limit" | "above_customer_value" | "above_customer_times">; code: string | null; asked_by: string; asked_at: string; decided_by: string | null; decided_at: string | null; honoured_at: string | null };

/** Cases with goodwill beside cases without. It says what went together, not what caused it: who is given something had a worse time to begin with. */
export type GoodwillEffect = { given: GoodwillSide; reference: GoodwillSide; unmatched: number };

/** The most that a role gives by itself; null: nothing. */
export type GoodwillLimits = { bot?: number | null; agent?: number | null; supervisor?: number | null };

/** A page, the newest first. */
export type GoodwillPage = { items: Array<Goodwill>; next_cursor?: string | null };

/** What may be given to customers, and how much of it. Amounts are in the currency's minor unit. */
export type GoodwillRule = { name: string; kind: "voucher" | "upgrade" | "free_return"; currency?: string | null; limits?: GoodwillLimits; contact_value?: number | null; contact_times?: number | null; period_days?: number; tiers?: Array<string> };

/** What may be given to customers. */
export type GoodwillSettings = { rules?: Array<GoodwillRule> };

/** Resolutions of one side. */
export type GoodwillSide = { settled: number; again_share: number | null; rated: number; average: number | null };

/** Why people must go on, and what the bot knows. */
export type HandOver = { reason?: "asked" | "anger" | "sensitive" | "low_score" | "by_bot"; summary?: string | null; fields?: Record<string, unknown>; skill?: string | null };

/** People have it at once. */
export type HandOverAction = { kind: "hand_over"; skill?: string | null };

/** The last conversations over all channels. */
export type HistoryPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; items: Array<PastConversation> };

/** Figures of one hour of the week. */
export type HourLine = { weekday: number; hour: number; opened: number; answered: number; breached: number; first_reply_mean_seconds: number | null };

/** Figures by hour of the week. */
export type HoursReport = { items: Array<HourLine> };

/** A provider as set up; the secret is never shown. */
export type IdentityProvider = { id: string; name: string; issuer: string; client_id: string; has_secret: boolean; domains: Array<string>; trusts_emails: boolean; enabled: boolean; redirect_uri: string; created_at: string; version: number };

/** An OpenID Connect provider whose word counts for this tenant's agents. */
export type IdentityProviderIn = { name: string; issuer: string; client_id: string; secret?: string | null; domains: Array<string>; trusts_emails?: boolean; enabled?: boolean };

/** All of a tenant's, the oldest first. */
export type IdentityProviderList = { items: Array<IdentityProvider> };

/** Far more public posts on one subject than usual. */
export type Incident = { id: string; subject: string; state: "open" | "closed"; began_at: string; last_at: string; posts: number; usual: number; conversations: number; answered: number; refused: number; answer: string | null; answered_by: string | null; answered_at: string | null; closed_at: string | null };

/** A page of incidents, the newest first. */
export type IncidentPage = { items: Array<Incident>; next_cursor?: string | null };

/** What customers want. */
export type Intent = { id: string; name: string; phrases: Array<string>; examples: Array<string>; action?: SearchAction | ArticleAction | OrderAction | HandOverAction | FormAction; updated_at: string; version: number };

/** What customers want, and how they say it. */
export type IntentIn = { name: string; phrases?: Array<string>; examples?: Array<string>; action?: SearchAction | ArticleAction | OrderAction | HandOverAction | FormAction };

/** All of the tenant's intents. */
export type IntentList = { items: Array<IntentListed> };

/** An intent without its texts. */
export type IntentListed = { id: string; name: string; phrases: number; examples: number; updated_at: string; version: number };

/** How well an intent fits. */
export type IntentMargin = { name: string; margin: number };

/** What was learnt of the tenant's examples, and whether it is up to date. */
export type IntentModel = { version: number | null; trained_at: string | null; intents: number; examples: number; features: number; seconds: number | null; due_at: string | null; failed: "too_few" | "too_long" | "failed" | null };

/** What a message is about. */
export type IntentTold = { intent: string | null; by: "phrase" | "model" | null; known: number | null; likely: Array<IntentMargin> };

/** An invitation to tell others. */
export type Invitation = { id: string; conversation_id: string; channel: string; kind: "review" | "referral"; code: string; at: string; opened_at: string | null; used_at: string | null; uses: number };

/** Adds and takes away tags. */
export type Label = { type: "tags"; add?: Array<string>; remove?: Array<string> };

/** What is written on a conversation besides what was said in it. */
export type Labels = { tags: Array<string>; fields: Record<string, string | number | boolean | null> };

/** What went wrong last. */
export type LastError = { source: "token" | "poll" | "delivery" | "notice"; detail: string; at: string };

/** Seconds by whose time it was. */
export type LegSeconds = { provider: number; bot: number; queue: number; agent: number; customer: number };

/** Why it is lifted. */
export type LiftBlock = { note: string };

/** A list to pick one line of; a channel without lists writes them out. */
export type ListIn = { type: "list"; text: string; button: string; sections: Array<agent_api__messages__schemas__SectionIn> };

export type Location = { latitude: number; longitude: number; name?: string | null; address?: string | null };

/** A place. */
export type LocationIn = { type: "location"; latitude: number; longitude: number; name?: string | null; address?: string | null };

/** A session just begun. */
export type LoggedIn = { session: Session; token: string | null };

/** Who wants in. The same answer for an unknown address and for a wrong password. */
export type Login = { email: string; password: string; tenant_id?: string | null; bearer?: boolean };

/** A provider that the owner of an address may log in with. */
export type LoginWay = { name: string; tenant_name: string; host: string; url: string };

/** What there is for an address's domain; it doesn't say whether anybody has the address. */
export type LoginWays = { items: Array<LoginWay> };

/** What to end. */
export type Logout = { everywhere?: boolean };

/** Loyalty, by each of the company's systems that says something of it. */
export type LoyaltyPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; items: Array<ShownLoyalty> };

/** Steps that are done together. */
export type Macro = { id: string; name: string; steps: Array<SetStatus | Snooze | AssignTo | TransferTo | Prioritise | Label | AddNote | SendReply>; created_at: string; version: number };

/** Steps under a name. */
export type MacroIn = { name: string; steps: Array<SetStatus | Snooze | AssignTo | TransferTo | Prioritise | Label | AddNote | SendReply> };

/** All of the tenant's macros. */
export type MacroList = { items: Array<Macro> };

/** As the frame `read` of the socket. */
export type MarkCustomerRead = { type?: "read"; message_id: string; status?: "delivered" | "read" };

/** What is blacked out of customers' messages before they are kept; the bus holds them as they came for six days. */
export type MaskingSettings = { payment_cards?: boolean; national_ids?: boolean; passwords?: boolean; bank_accounts?: boolean; labels?: Array<string> };

/** The caller as we see it. */
export type Me = { tenant_id: string; tenant_name: string; role: string; agent_id: string | null; agent_name: string | null; key_id: string; permissions: Array<string> };

/** One picture, recording or file. Inbound, `url` or `provider_ref` says where the provider holds it, until a job has stored it under `blob`. Outbound, `url` is a link the provider can fetch. `size` is in bytes, `sha256` is hex. */
export type Media = { kind: MediaKind; mime?: string | null; filename?: string | null; size?: number | null; sha256?: string | null; caption?: string | null; url?: string | null; provider_ref?: string | null; blob?: string | null };

/** A link to a file that the provider fetches. */
export type MediaIn = { type: "media"; kind: MediaKind; url: string; mime?: string | null; filename?: string | null; caption?: string | null };

export type MediaKind = "image" | "video" | "audio" | "voice" | "file" | "sticker";

/** A picture, recording or file. Bytes are fetched with `href`; what the provider calls it is not shown. */
export type MediaShown = { kind: MediaKind; mime: string | null; filename: string | null; size: number | null; caption: string | null; href: string | null; url: string | null };

/** Whom the contact takes in, and the evidence. */
export type MergeContacts = { from_contact_id: string; reason: string };

/** One thing said in a conversation, or a private note. */
export type Message = { id: string; conversation_id: string; direction: "in" | "out" | "note"; author: Author; content: ContentShown | null; at: string; provider_at: string | null; received_at: string; state: string; state_at: string | null; error: DeliveryError | null; automatic: boolean; possibly_sent_twice: boolean; in_reply_to: string | null; reactions: Record<string, unknown>; edited_at: string | null; deleted_at: string | null; hidden_at: string | null; language: string | null; suppressed: string | null; action: string };

/** An action on its way to the provider, or ended. The message changes with the provider's yes only. */
export type MessageAction = { id: string; action: string; state: string; error_code: string | null; error_detail: string | null; created_at: string; state_at: string };

/** The newest first. */
export type MessageActionList = { items: Array<MessageAction> };

/** A page of messages. */
export type MessagePage = { items: Array<Message>; next_cursor?: string | null };

/** How long the bot needs. */
export type MoreTime = { seconds: number };

/** One SLA policy; the first of the list whose match covers a case applies. */
export type NamedPolicy = { name: string; document: PolicyDocument };

/** A skill that a conversation asks for. */
export type Need = { skill: string; level?: number; relaxes_after_seconds?: number | null };

/** A key just made. It is not stored: keep it now. */
export type NewApiKey = { id: string; name: string; role: "admin" | "supervisor" | "agent" | "bot" | "partner"; role_id: string | null; agent_id: string | null; prefix: string; created_at: string; expires_at: string | null; revoked_at: string | null; last_used_at: string | null; key: string };

/** An endpoint just made, with its secret: keep it now. */
export type NewWebhookEndpoint = { id: string; name: string; url: string; event_types: Array<string>; filter: WebhookFilter; state: "active" | "paused" | "disabled"; disabled_reason: string | null; failing_since: string | null; last_success_at: string | null; skipped: number; created_at: string; updated_at: string; version: number; secret: string };

/** A private note: colleagues see it, the customer never does. */
export type Note = { text: string };

/** What the provider says about the account. */
export type Notice = { code: string; severity: "info" | "warning" | "error"; detail: string; at: string };

/** The visit. Nothing of it is needed, and nothing of it may name a person. */
export type OfferIn = { site_account_id?: string | null; page?: string | null; topic?: string | null; cohort?: "gen_z" | "gen_y" | "other" | "unknown" | null; device?: "desktop" | "phone" | "tablet" | "other" | null };

/** What the tenant wants of offers, as stored. */
export type OfferSettings = { enabled?: boolean; explore?: number; most?: number; channels?: Record<string, unknown>; version: number };

/** What the tenant wants of offers. */
export type OfferSettingsIn = { enabled?: boolean; explore?: number; most?: number; channels?: Record<string, unknown> };

/** Which channels to show now, the best first. */
export type OfferShown = { id: string; channels: Array<ChannelOffered>; hidden: Array<ChannelHidden> };

/** What the agent needs to know to decide. The conversation itself is theirs to read once they accept. */
export type Offered = { id: string; channel: string; contact_name: string | null; subject: string | null; team_id: string | null; priority: number; waiting_since: string | null; due_at: string | null };

/** Open from `start` to `end` local time. */
export type OpenSpan = { weekday: number; start: string; end: string };

/** Which article of a search was opened. */
export type OpenedArticle = { account_id: string; search_id: string; article_id: string };

/** When a team works. No spans at all: never. */
export type OpeningHours = { zone: string; spans: Array<OpenSpan>; holidays?: Array<string>; calendars?: Array<string> };

/** An address that may not be written to. */
export type OptedOut = { channel: string; address: string; at: string; word: string | null };

/** The assistant says what companies' own systems reported of the customer's orders and parcels. */
export type OrderAction = { kind: "order" };

/** What they ordered, and what is on its way. */
export type OrdersPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; items: Array<ShownOrder>; parcels: Array<ShownShipment> };

/** What came of an offer. */
export type OutcomeIn = { site_account_id?: string | null; result: "bought" | "helped" | "not_helped" | "left"; account_id?: string | null };

/** Where the team's work may go too, from some time on. */
export type OverflowStep = { after_seconds: number; team_id?: string | null; agent_id?: string | null; at_once_when_unstaffed?: boolean };

/** The customer's rating as it is kept. */
export type OwnRating = { conversation_id: string; score: number; comment: string | null; at: string };

/** A role of the tenant's own. */
export type OwnRole = { id: string; name: string; permissions: Array<string>; created_at: string; version: number };

/** Somebody in a room, a group, copied on mail or in a comment thread. */
export type Participant = { address: string; name: string | null; role: "requester" | "sender" | "participant"; joined_at: string };

/** At most a few hundred. */
export type ParticipantList = { items: Array<Participant> };

/** One conversation of theirs that the caller may see. */
export type PastConversation = { id: string; channel: string; status: string; subject: string | null; agent_id: string | null; opened_at: string; last_message_at: string; resolved_at: string | null };

/** One thing a caller may be allowed to do in its own tenant. */
export type Permission = "conversations:read" | "conversations:read_all" | "conversations:route" | "conversations:close" | "messages:read" | "messages:send" | "calls:take" | "notes:read" | "notes:write" | "decisions:read" | "agents:read" | "agents:write" | "presence:own" | "presence:any" | "reservations:own" | "teams:read" | "teams:write" | "contacts:read" | "contacts:write" | "channels:read" | "channels:write" | "policies:read" | "policies:write" | "settings:read" | "settings:write" | "replies:write" | "knowledge:read" | "knowledge:write" | "views:share" | "keys:manage" | "roles:manage" | "login:manage" | "webhooks:manage" | "audit:read" | "reports:read" | "events:read" | "dead_letters:read" | "blocks:read" | "blocks:write" | "blocks:lift" | "offers:make" | "incidents:read" | "incidents:answer" | "goodwill:read" | "goodwill:give" | "goodwill:approve" | "goodwill:honour";

/** What needs no more than its name. */
export type PlainIn = { action: "delete" | "hide" | "unhide" | "unreact" };

/** An SLA policy; the first in order whose match covers a case applies. */
export type Policy = { id: string; name: string; position: number; document: PolicyDocument; created_at: string; version: number };

/** What applying it would do. */
export type PolicyCheck = { version: number; differences: Array<PolicyDifference>; effects: PolicyEffects };

/** One change. SLA policies are pointed to by name. */
export type PolicyDifference = { op: string; pointer: string; before: unknown; after: unknown };

/** Targets and what happens when they are missed. */
export type PolicyDocument = { match?: PolicyMatch; first_reply_seconds: number; next_reply_seconds: number; resolution_seconds?: number | null; warn_share?: number; warn_shares?: Array<number> | null; escalate_every_seconds?: number; escalations?: number; steps?: Array<EscalationStep> | null; within_hours?: boolean; reply_pauses?: Array<"pending" | "snoozed">; pauses?: Array<"pending" | "snoozed"> };

/** What it would do to the clocks that run now. */
export type PolicyEffects = { looked_at: number; moved: number; sooner: number; later: number; breached_at_once: number; by_policy: Record<string, number> };

/** A policy as it shall be. */
export type PolicyIn = { name: string; position: number; document: PolicyDocument };

/** All policies in their order. */
export type PolicyList = { items: Array<Policy> };

/** Which cases it is for; an empty list matches all. */
export type PolicyMatch = { channel_classes?: Array<ChannelClass>; visibilities?: Array<"private" | "public">; cohorts?: Array<"gen_z" | "gen_y" | "other" | "unknown">; priority_at_least?: number };

/** What holds now. */
export type PolicyNow = { version: number; document: Record<string, unknown> };

/** JSON Schema (2020-12) of the policy document. */
export type PolicySchema = Record<string, unknown>;

/** The past, the past played again under what holds, and under what is tried. */
export type PolicyTrial = { past: TrialFigures | null; replayed: TrialFigures; tried: TrialFigures; notes: Array<string> };

/** One version, without its document. */
export type PolicyVersion = { version: number; cause: string; note: string | null; author: string | null; created_at: string };

/** Versions, the newest first. */
export type PolicyVersionList = { items: Array<PolicyVersion> };

/** One version. */
export type PolicyVersionWhole = { version: number; cause: string; note: string | null; author: string | null; created_at: string; document: Record<string, unknown> };

/** How the provider is asked. */
export type PollHealth = { polled_at: string | null; next_at: string | null; quota_used: number; error: string | null };

/** What is known of something said in public: for routing, never for identity. `post_id` is the post, video or product it stands under, `parent_id` the comment it answers. `reach` is how many follow its author, `rating` is 1 to 5 stars. */
export type Post = { kind: "comment" | "mention" | "review" | "post"; post_id?: string | null; parent_id?: string | null; permalink?: string | null; reach?: number | null; rating?: number | null };

/** A text to see before it is published. */
export type PreviewArticle = { body: string };

/** Sets its priority. */
export type Prioritise = { type: "priority"; priority: number };

/** A private answer to something that was said in public. */
export type PrivateReply = { text: string; consent: true };

/** What every error answer holds (RFC 9457). Go by `code`: titles may change. */
export type Problem = { type: string; title: string; status: number; detail: string; code: string; next_step: string; errors?: Array<Fault>; request_id: string };

/** Open promises. */
export type PromisesPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; items: Array<ShownPromise> };

/** A published article as customers see it. */
export type PublicArticle = { id: string; title: string; language: string; html: string; body: string };

/** Between which hours of their own day customers are not written to first; equal ones are none. */
export type QuietHours = { start: string; end: string; zone: string };

/** What the customer thought, as a bot or an agent was told. A second one takes the place of the first. */
export type RateConversation = { score: number; comment?: string | null };

/** What the customer thought of a resolved conversation. A second one takes the place of the first. */
export type RateOwnConversation = { conversation_id: string; score: number; comment?: string | null };

/** What the customer thought of one conversation. */
export type Rating = { conversation_id: string; score: number; comment: string | null; agent_id: string | null; team_id: string | null; channel: string; at: string };

/** A page of ratings, the newest first. */
export type RatingPage = { items: Array<Rating>; next_cursor?: string | null };

/** An emoji beside a message. */
export type ReactIn = { action: "react"; emoji: string };

/** What the customer said, and how it is known. Without an address it holds on every channel. */
export type RecordConsent = { purpose: "all" | "service" | "proactive" | "marketing" | "satisfaction"; state: "given" | "withdrawn"; how: "agent" | "form"; word: string; message_id?: string | null; account_id?: string | null; address?: string | null };

/** One word of the customer. It is never changed: a later one stands beside it. */
export type RecordedConsent = { id: string; account_id: string | null; address: string | null; purpose: "all" | "service" | "proactive" | "marketing" | "satisfaction"; state: "given" | "withdrawn"; how: "word" | "provider" | "agent" | "form"; word: string | null; message_id: string | null; by: string | null; at: string };

/** Where an app can be rung. Send it whenever the app starts and whenever the service gives it a new token. */
export type RegisterDevice = { provider: "fcm" | "apns"; token: string };

/** A canned reply with the variables of one conversation put in. Nothing was sent. */
export type RenderedReply = { text: string; missing: Array<string> };

/** Sends again what happened since a time, in order and marked `late`. */
export type ReplayWebhooks = { since: string; only?: "failed" | "all" };

/** How many are sent again. */
export type Replayed = { count: number; more: boolean };

/** An answer to the customer. */
export type Reply = { content: TextIn | MediaIn | TemplateIn | ListIn | CarouselIn | LocationIn; expected_version?: number | null; lease?: number | null };

/** Who is writing the answer. It ends by itself: take it again every 20 s while the composer has text. */
export type ReplyLease = { conversation_id: string; number: number; agent_id: string | null; yours: boolean; expires_at: string };

/** Figures of one group. */
export type ReportLine = { key: string | null; opened: number; resolved: number; answered: number; waiting: number; breached: number; first_reply_p50_seconds: number | null; first_reply_p90_seconds: number | null; rated: number; rating_average: number | null };

/** What was said in public, and how soon it was answered. */
export type ReputationLine = { key: string; posts: number; negative: number; positive: number; sentiment_average: number | null; rating_average: number | null; score_highest: number | null; reach_highest: number | null; conversations: number; answered: number; first_answer_p50_seconds: number | null; first_answer_p90_seconds: number | null };

/** Reputation in figures. */
export type ReputationReport = { items: Array<ReputationLine> };

/** One agent asked to take one conversation. While it is offered it holds their units. */
export type Reservation = { id: string; state: "offered" | "accepted" | "declined" | "timed_out" | "withdrawn"; agent_id: string; units: number; offered_at: string; expires_at: string; ended_at: string | null; reason: string | null; seconds_left: number; conversation: Offered };

/** A page of reservations, the newest first. */
export type ReservationPage = { items: Array<Reservation>; next_cursor?: string | null };

/** A set of permissions under a name. You can't put in what you may not do yourself. */
export type RoleIn = { name: string; permissions: Array<Permission> };

/** The built-in roles and all of the tenant's own. */
export type RoleList = { items: Array<OwnRole>; built_in: Record<string, Array<string>> };

/** A version to go back to. */
export type RollBackPolicy = { version: number; note?: string | null };

/** A new signing secret beside the one before. */
export type RotateSecret = { overlap_seconds?: number };

/** Settings of routing. */
export type Routing = { keep_slots_free?: boolean; follow_the_sun?: Array<Array<string>>; call_backs?: CallBackPlan };

/** One line of a list to choose from. */
export type Row = { id: string; title: string; description?: string | null };

/** One line of a list. */
export type RowIn = { id: string; title: string; description?: string | null };

/** What customers said of resolved conversations of one group, and whether they stayed resolved. */
export type SatisfactionLine = { key: string | null; resolved: number; asked: number; answered: number; response_share: number | null; rated: number; average: number | null; csat_share: number | null; efforts: number; effort_average: number | null; settled: number; again: number; resolution_share: number | null };

/** How content they were, over their last 50 conversations. */
export type SatisfactionPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; count: number; average: number | null; items: Array<ShownRating> };

/** Satisfaction and resolution by when conversations were resolved. */
export type SatisfactionReport = { items: Array<SatisfactionLine> };

/** Whether customers are asked how it went, once a conversation is resolved, on the same channel and within its window. */
export type SatisfactionSettings = { enabled?: boolean; after_seconds?: number | null; every_days?: number; effort?: boolean };

/** Conversations under a name. */
export type SavedView = { id: string; name: string; filters: ViewFilters; shared: boolean; yours: boolean; count: number; created_at: string; version: number };

/** A view. */
export type SavedViewIn = { name: string; filters: ViewFilters; shared?: boolean };

/** The caller's views and those that are shared. */
export type SavedViewList = { items: Array<SavedView> };

/** The assistant looks in the knowledge base. */
export type SearchAction = { kind: "search" };

/** All sections, in the order they are shown. */
export type SectionList = { items: Array<agent_api__knowledge__schemas__Section> };

/** As the frame `message` of the socket. Its `id` makes a repeat safe: the same is taken once. */
export type SendCustomerMessage = { type?: "message"; id: string; text?: string | null; media?: Array<CustomerMedia>; choice?: CustomerChoice | null; location?: CustomerLocation | null; in_reply_to?: string | null; name?: string | null; language?: string | null; email?: string | null };

/** Answers the customer. */
export type SendReply = { type: "reply"; text: string };

/** Who is logged in, until when, and what they may do. */
export type Session = { id: string; tenant_id: string; tenant_name: string; agent_id: string; agent_name: string; email: string; role: string; role_id: string | null; permissions: Array<string>; method: "password" | "oidc"; created_at: string; expires_at: string };

/** How much they take. */
export type SetCapacity = { capacity: number; override?: number | null; interruptible?: number | null };

/** When they work. */
export type SetHours = { hours: OpeningHours | null };

/** What it asks for: this replaces the list. */
export type SetNeeds = { needs: Array<Need> };

/** A new password for somebody, to be told to them and changed by them. */
export type SetPassword = { password: string };

/** Whether they are there. */
export type SetPresence = { presence: "online" | "away" | "draining" | "offline"; reason?: string | null; offline_in_seconds?: number | null };

/** The priority it gets. */
export type SetPriority = { priority: number };

/** Which role a person has. */
export type SetRole = { role: "admin" | "supervisor" | "agent"; role_id?: string | null };

/** What they can do: this replaces both lists. */
export type SetSkills = { skills: Record<string, unknown>; languages?: Array<string> };

/** Opens, parks or resolves it. */
export type SetStatus = { type: "status"; status: "open" | "pending" | "resolved" };

/** The teams they are in: this replaces the list. */
export type SetTeams = { team_ids: Array<string> };

/** All settings; what is left out has its default. */
export type SettingsIn = { away_notice?: boolean; away_notice_texts?: Record<string, unknown>; call_back_texts?: Record<string, unknown>; outside_window?: "refuse" | "queue"; held_reply_hours?: number; flood_per_minute?: number; bots?: BotSettings; masking?: MaskingSettings; advocates?: AdvocateSettings; goodwill?: GoodwillSettings; satisfaction?: SatisfactionSettings; quiet_hours?: QuietHours | null };

/** What they allowed or forbade, for one purpose. */
export type ShownConsent = { purpose: string; state: "given" | "withdrawn"; at: string; proof: string };

/** What was ordered. */
export type ShownLine = { title: string; quantity: number };

/** A standing with the company. */
export type ShownLoyalty = { tier: string; points: number | null; since: string | null; as_of: string };

/** An order with its parcels. */
export type ShownOrder = { id: string; number: string | null; state: string; open: boolean; currency: string | null; total_minor: number | null; placed_at: string | null; promised_at: string | null; url: string | null; as_of: string; lines: Array<ShownLine>; shipments: Array<ShownShipment> };

/** What they were promised and don't have yet. */
export type ShownPromise = { id: string; text: string; due_at: string | null; overdue: boolean; as_of: string };

/** One rating of theirs. */
export type ShownRating = { conversation_id: string; score: number; at: string };

/** A parcel. */
export type ShownShipment = { id: string; carrier: string | null; tracking_number: string | null; tracking_url: string | null; state: string; expected_at: string | null; as_of: string; track: Array<TrackPoint> };

/** One thing that is wrong. */
export type SignatureFault = { code: "header_missing" | "secret_malformed" | "timestamp_malformed" | "timestamp_in_milliseconds" | "timestamp_stale" | "version_missing" | "version_unknown" | "secret_not_decoded" | "hex_instead_of_base64" | "only_body_signed" | "id_not_signed" | "body_changed" | "no_match"; detail: string };

/** Whether it verifies, and why not. */
export type SignatureVerdict = { valid: boolean; faults: Array<SignatureFault> };

/** Lets it sleep. */
export type Snooze = { type: "snooze"; seconds: number };

/** What a system of the company's says when it is asked. */
export type SourceAnswer = { state: "fresh" | "stale" | "failed"; as_of: string | null; id: string; name: string; items: Array<Record<string, string>> };

/** Systems that are asked while you look. One that answers too late shows what it said before, as stale. */
export type SourcesPart = { state: "fresh" | "stale" | "failed"; as_of: string | null; items: Array<SourceAnswer> };

/** More or fewer people of a team. */
export type StaffingChange = { team_id: string; agents: number };

/** Which chat it is for, and who begins it: nobody known, the visitor of `token` again, or the customer of `identity`. */
export type StartSession = { account_id: string; token?: string | null; identity?: string | null };

/** Where the stream is. */
export type StreamHead = { epoch: string; head: number; first: number };

/** Words of one language that mean the same, in groups. */
export type SynonymList = { groups: Array<Array<string>> };

/** Words of one language that mean the same, in groups. */
export type Synonyms = { groups: Array<Array<string>> };

/** A tag and how often it is used. */
export type TagCount = { tag: string; count: number };

/** The tags in use. */
export type TagList = { items: Array<TagCount> };

/** How it is taken. */
export type TakeLease = { take_over?: boolean; seen?: boolean };

/** It is durable, and will be in the history within moments. */
export type Taken = { id: string };

/** A group of agents with one queue. */
export type Team = { id: string; name: string; hours: Record<string, unknown> | null; routing: Record<string, unknown>; created_at: string; version: number };

/** A page of teams, the oldest first. */
export type TeamPage = { items: Array<Team>; next_cursor?: string | null };

/** How its work is handed out. What is left out is as usual: work is given at once and goes nowhere else. */
export type TeamRouting = { auto_accept?: boolean; ring_seconds?: number; offer_to?: number; missed_sets_away?: boolean; prefer_last_agent_seconds?: number; wrap_up_seconds?: number; idle_after_seconds?: number | null; skills?: Record<string, unknown>; units?: Record<string, unknown>; overflow?: Array<OverflowStep> };

/** What somebody who writes to the team now may expect. */
export type TeamWait = { team_id: string; channel_class: string; at: string; online: number; slots: number; free: number; waiting: number; position: number; handling_seconds: number; opens_at: string | null; wait: ExpectedWait | null; accuracy: WaitAccuracy | null };

/** A message the provider approved beforehand; the only thing some channels allow outside the reply window. `parameters` fill the body in order, `header` its picture, film or file, `button_parameters` the end of each button's link or its payload in order. */
export type Template = { name: string; language: string; parameters?: Array<string>; header?: Media | null; button_parameters?: Array<string> };

/** A template the provider has approved: the only thing some channels take once the reply window is closed. */
export type TemplateIn = { type: "template"; name: string; language: string; parameters?: Array<string>; button_parameters?: Array<string> };

/** All settings, as they hold. */
export type TenantSettings = { away_notice?: boolean; away_notice_texts?: Record<string, unknown>; call_back_texts?: Record<string, unknown>; outside_window?: "refuse" | "queue"; held_reply_hours?: number; flood_per_minute?: number; bots?: BotSettings; masking?: MaskingSettings; advocates?: AdvocateSettings; goodwill?: GoodwillSettings; satisfaction?: SatisfactionSettings; quiet_hours?: QuietHours | null; version: number };

/** A made-up event, to try an endpoint with. It names nothing that is there. */
export type TestWebhook = { type: EventType };

/** Words, with choices where the channel has them. */
export type TextIn = { type: "text"; text: string; format?: "plain" | "light"; buttons?: Array<ButtonIn> };

/** A pass for one socket. */
export type Ticket = { ticket: string; expires_at: string; url: string };

/** The access token that is renewed for this account. */
export type TokenHealth = { expires_at: string | null; failures: number; needs_person: boolean; error: string | null };

/** One track-and-trace event. */
export type TrackPoint = { at: string; state: string; place: string | null };

/** One hour. */
export type TrafficHour = { received: number; stored: number; doubled: number; refused: number; found_by_poll: number; hour: string };

/** Where it goes. */
export type Transfer = { team_id: string; agent_id?: string | null; note?: string | null };

/** Moves it to a team's queue. */
export type TransferTo = { type: "transfer"; team_id: string };

/** First answers of all cases. Waits are in seconds. */
export type TrialFigures = { cases: number; answered: number; attained: number | null; wait_p50: number | null; wait_p95: number | null; taken_p50: number | null; taken_p95: number | null; late_by_leg: Record<string, number>; attained_by_class: Record<string, number>; load: Record<string, number>; load_spread: number | null };

/** What a source said just now, or why nothing could be read. */
export type TriedContextSource = { status: number | null; fault: string | null; took_ms: number; in_time: boolean; items: Array<Record<string, string>> };

/** Whom to ask about. */
export type TryContextSource = { customer_id: string };

/** A message to try. */
export type TryIntent = { text: string };

/** What is tried, and on what. Without a document the staffing alone is. */
export type TryPolicy = { from: string; to: string; document?: Document | null; staffing?: Array<StaffingChange>; made?: number | null; seed?: number };

/** Whose code a friend came with. */
export type UseReferral = { code: string };

/** Filters of conversations; all given ones must hold, for whoever looks. */
export type ViewFilters = { status?: Array<"open" | "pending" | "snoozed" | "resolved">; agent?: string | null; team?: string | null; contact?: string | null; account?: string | null; channel?: string | null; tag?: string | null; waiting?: boolean | null; assigned?: boolean | null; mine?: boolean };

/** How wrong the last forecasts were: what was said when somebody came, beside what happened. */
export type WaitAccuracy = { measured: number; median_error_seconds: number; in_range_share: number };

/** One try. */
export type WebhookAttempt = { number: number; at: string; latency_ms: number; status: number | null; cause: string | null };

/** One event on its way to one endpoint. Its id is the `webhook-id` of every try: drop those you have. */
export type WebhookDelivery = { id: string; endpoint_id: string; event_id: string; seq: number | null; type: string; conversation_id: string | null; state: "waiting" | "queued" | "delivered" | "failed"; attempts: number; late: boolean; next_at: string | null; last_status: number | null; last_cause: string | null; created_at: string; delivered_at: string | null };

/** A delivery with its content and all of its tries. */
export type WebhookDeliveryDetail = { id: string; endpoint_id: string; event_id: string; seq: number | null; type: string; conversation_id: string | null; state: "waiting" | "queued" | "delivered" | "failed"; attempts: number; late: boolean; next_at: string | null; last_status: number | null; last_cause: string | null; created_at: string; delivered_at: string | null; at: string; data: Record<string, unknown>; log: Array<WebhookAttempt> };

/** A page of deliveries, the newest first. */
export type WebhookDeliveryPage = { items: Array<WebhookDelivery>; next_cursor?: string | null };

/** A URL of a partner's that is sent events. Its secrets are never shown again. */
export type WebhookEndpoint = { id: string; name: string; url: string; event_types: Array<string>; filter: WebhookFilter; state: "active" | "paused" | "disabled"; disabled_reason: string | null; failing_since: string | null; last_success_at: string | null; skipped: number; created_at: string; updated_at: string; version: number };

/** A page of endpoints, the oldest first. */
export type WebhookEndpointPage = { items: Array<WebhookEndpoint>; next_cursor?: string | null };

/** Narrows the events by what they say themselves. Each list that is not empty must hold the event's own. */
export type WebhookFilter = { team_ids?: Array<string>; agent_ids?: Array<string>; conversation_ids?: Array<string> };

/** A signing secret, in this answer only. */
export type WebhookSecret = { secret: string; older_expires_at: string | null };

/** All of it may be left out. Texts are shown as they are, in every language. */
export type WidgetLook = { title?: string | null; greeting?: string | null; accent?: string; theme?: "auto" | "light" | "dark"; side?: "end" | "start"; starters?: Array<string>; call_backs?: boolean; calls?: "none" | "audio" | "video" };

/** A section of the knowledge base. */
export type agent_api__knowledge__schemas__Section = { id: string; title: string };

/** A section of the knowledge base. */
export type agent_api__knowledge__schemas__SectionIn = { title: string };

/** Lines under one heading. */
export type agent_api__messages__schemas__SectionIn = { title?: string | null; rows: Array<RowIn> };

export type schemas__content__Section = { rows: Array<Row>; title?: string | null };

export interface Operations {
  listConversations: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; status?: Array<"open" | "pending" | "snoozed" | "resolved">; agent?: string | null; team?: string | null; contact?: string | null; account?: string | null; channel?: string | null; tag?: string | null; waiting?: boolean | null; assigned?: boolean | null }; body: undefined; answer: ConversationPage; versioned: false };
  getConversation: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: Conversation; versioned: false };
  listParticipants: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: ParticipantList; versioned: false };
  listRoutingDecisions: { path: { conversation_id: string }; query: { cursor?: string | null; limit?: number }; body: undefined; answer: DecisionPage; versioned: false };
  assignConversation: { path: { conversation_id: string }; query: Record<string, never>; body: Assign; answer: Conversation; versioned: true };
  transferConversation: { path: { conversation_id: string }; query: Record<string, never>; body: Transfer; answer: Conversation; versioned: true };
  changeConversationStatus: { path: { conversation_id: string }; query: Record<string, never>; body: ChangeStatus; answer: Conversation; versioned: true };
  setConversationPriority: { path: { conversation_id: string }; query: Record<string, never>; body: SetPriority; answer: Conversation; versioned: true };
  setConversationNeeds: { path: { conversation_id: string }; query: Record<string, never>; body: SetNeeds; answer: Conversation; versioned: true };
  listTags: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: TagList; versioned: false };
  getConversationLabels: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: Labels; versioned: false };
  changeConversationLabels: { path: { conversation_id: string }; query: Record<string, never>; body: ChangeLabels; answer: Labels; versioned: false };
  listViews: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: SavedViewList; versioned: false };
  createView: { path: Record<string, never>; query: Record<string, never>; body: SavedViewIn; answer: SavedView; versioned: false };
  replaceView: { path: { view_id: string }; query: Record<string, never>; body: SavedViewIn; answer: SavedView; versioned: true };
  deleteView: { path: { view_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  listConversationsInView: { path: { view_id: string }; query: { cursor?: string | null; limit?: number }; body: undefined; answer: ConversationPage; versioned: false };
  listMessages: { path: { conversation_id: string }; query: { cursor?: string | null; limit?: number; order?: "newest_first" | "oldest_first" }; body: undefined; answer: MessagePage; versioned: false };
  replyToConversation: { path: { conversation_id: string }; query: Record<string, never>; body: Reply; answer: Message; versioned: false };
  addNote: { path: { conversation_id: string }; query: Record<string, never>; body: Note; answer: Message; versioned: false };
  getMessage: { path: { message_id: string }; query: Record<string, never>; body: undefined; answer: Message; versioned: false };
  getMessageMedia: { path: { message_id: string; index: number }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  getReplyLease: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: ReplyLease; versioned: false };
  takeReplyLease: { path: { conversation_id: string }; query: Record<string, never>; body: TakeLease; answer: ReplyLease; versioned: false };
  releaseReplyLease: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  startCall: { path: { conversation_id: string }; query: Record<string, never>; body: BrowserCallIn; answer: BrowserCall; versioned: false };
  listCalls: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: BrowserCallList; versioned: false };
  getCall: { path: { call_id: string }; query: Record<string, never>; body: undefined; answer: BrowserCall; versioned: false };
  getCallConnection: { path: { call_id: string }; query: Record<string, never>; body: undefined; answer: CallConnection; versioned: false };
  answerCall: { path: { call_id: string }; query: Record<string, never>; body: CallDevice; answer: BrowserCall; versioned: false };
  endCall: { path: { call_id: string }; query: Record<string, never>; body: undefined; answer: BrowserCall; versioned: false };
  listReservations: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; state?: "offered" | "accepted" | "declined" | "timed_out" | "withdrawn" | null }; body: undefined; answer: ReservationPage; versioned: false };
  getReservation: { path: { reservation_id: string }; query: Record<string, never>; body: undefined; answer: Reservation; versioned: false };
  acceptReservation: { path: { reservation_id: string }; query: Record<string, never>; body: undefined; answer: Reservation; versioned: false };
  declineReservation: { path: { reservation_id: string }; query: Record<string, never>; body: Decline; answer: Reservation; versioned: false };
  listMessageActions: { path: { message_id: string }; query: Record<string, never>; body: undefined; answer: MessageActionList; versioned: false };
  actOnMessage: { path: { message_id: string }; query: Record<string, never>; body: AskAction; answer: MessageAction; versioned: false };
  replyInPrivate: { path: { message_id: string }; query: Record<string, never>; body: PrivateReply; answer: Message; versioned: false };
  showTyping: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  markRead: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  uploadAttachment: { path: Record<string, never>; query: { filename: string; mime?: string }; body: undefined; answer: Attachment; versioned: false };
  getAttachment: { path: { attachment_id: string }; query: Record<string, never>; body: undefined; answer: Attachment; versioned: false };
  getFile: { path: { token: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  searchMessages: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; q: string }; body: undefined; answer: FoundMessages; versioned: false };
  listCannedReplies: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: CannedReplyList; versioned: false };
  createCannedReply: { path: Record<string, never>; query: Record<string, never>; body: CannedReplyIn; answer: CannedReply; versioned: false };
  replaceCannedReply: { path: { canned_id: string }; query: Record<string, never>; body: CannedReplyIn; answer: CannedReply; versioned: true };
  deleteCannedReply: { path: { canned_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  renderCannedReply: { path: { conversation_id: string; canned_id: string }; query: Record<string, never>; body: undefined; answer: RenderedReply; versioned: false };
  listMacros: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: MacroList; versioned: false };
  createMacro: { path: Record<string, never>; query: Record<string, never>; body: MacroIn; answer: Macro; versioned: false };
  replaceMacro: { path: { macro_id: string }; query: Record<string, never>; body: MacroIn; answer: Macro; versioned: true };
  deleteMacro: { path: { macro_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  runMacro: { path: { conversation_id: string; macro_id: string }; query: Record<string, never>; body: undefined; answer: Conversation; versioned: false };
  runBulkAction: { path: Record<string, never>; query: Record<string, never>; body: BulkAction; answer: BulkResults; versioned: false };
  listArticles: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; language?: string | null; state?: string | null; review_due?: boolean }; body: undefined; answer: ArticleList; versioned: false };
  createArticle: { path: Record<string, never>; query: Record<string, never>; body: ArticleIn; answer: Article; versioned: false };
  getArticle: { path: { article_id: string }; query: Record<string, never>; body: undefined; answer: Article; versioned: false };
  replaceArticle: { path: { article_id: string }; query: Record<string, never>; body: ArticleIn; answer: Article; versioned: true };
  deleteArticle: { path: { article_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  publishArticle: { path: { article_id: string }; query: Record<string, never>; body: undefined; answer: Article; versioned: false };
  withdrawArticle: { path: { article_id: string }; query: Record<string, never>; body: undefined; answer: Article; versioned: false };
  listArticleVersions: { path: { article_id: string }; query: Record<string, never>; body: undefined; answer: ArticleVersions; versioned: false };
  previewArticle: { path: Record<string, never>; query: Record<string, never>; body: PreviewArticle; answer: ArticlePreview; versioned: false };
  listSections: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: SectionList; versioned: false };
  createSection: { path: Record<string, never>; query: Record<string, never>; body: agent_api__knowledge__schemas__SectionIn; answer: agent_api__knowledge__schemas__Section; versioned: false };
  deleteSection: { path: { section_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  searchKnowledge: { path: Record<string, never>; query: { q: string; language?: string; brand?: string | null; limit?: number }; body: undefined; answer: FoundArticles; versioned: false };
  listKnowledgeGaps: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: GapList; versioned: false };
  getSynonyms: { path: { language: string }; query: Record<string, never>; body: undefined; answer: SynonymList; versioned: false };
  setSynonyms: { path: { language: string }; query: Record<string, never>; body: Synonyms; answer: SynonymList; versioned: false };
  listIntents: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: IntentList; versioned: false };
  createIntent: { path: Record<string, never>; query: Record<string, never>; body: IntentIn; answer: Intent; versioned: false };
  getIntent: { path: { intent_id: string }; query: Record<string, never>; body: undefined; answer: Intent; versioned: false };
  replaceIntent: { path: { intent_id: string }; query: Record<string, never>; body: IntentIn; answer: Intent; versioned: true };
  deleteIntent: { path: { intent_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  getIntentModel: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: IntentModel; versioned: false };
  trainIntentModel: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: IntentModel; versioned: false };
  tryIntents: { path: Record<string, never>; query: Record<string, never>; body: TryIntent; answer: IntentTold; versioned: false };
  listAgents: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: AgentPage; versioned: false };
  createAgent: { path: Record<string, never>; query: Record<string, never>; body: CreateAgent; answer: Agent; versioned: false };
  getAgent: { path: { agent_id: string }; query: Record<string, never>; body: undefined; answer: Agent; versioned: false };
  setPresence: { path: { agent_id: string }; query: Record<string, never>; body: SetPresence; answer: Agent; versioned: false };
  setCapacity: { path: { agent_id: string }; query: Record<string, never>; body: SetCapacity; answer: Agent; versioned: true };
  setAgentHours: { path: { agent_id: string }; query: Record<string, never>; body: SetHours; answer: Agent; versioned: true };
  setAgentTeams: { path: { agent_id: string }; query: Record<string, never>; body: SetTeams; answer: Agent; versioned: true };
  setAgentSkills: { path: { agent_id: string }; query: Record<string, never>; body: SetSkills; answer: Agent; versioned: true };
  listTeams: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: TeamPage; versioned: false };
  createTeam: { path: Record<string, never>; query: Record<string, never>; body: CreateTeam; answer: Team; versioned: false };
  getTeam: { path: { team_id: string }; query: Record<string, never>; body: undefined; answer: Team; versioned: false };
  changeTeam: { path: { team_id: string }; query: Record<string, never>; body: ChangeTeam; answer: Team; versioned: true };
  listCalendars: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: CalendarList; versioned: false };
  createCalendar: { path: Record<string, never>; query: Record<string, never>; body: CalendarIn; answer: Calendar; versioned: false };
  getCalendar: { path: { calendar_id: string }; query: Record<string, never>; body: undefined; answer: Calendar; versioned: false };
  replaceCalendar: { path: { calendar_id: string }; query: Record<string, never>; body: CalendarIn; answer: Calendar; versioned: true };
  deleteCalendar: { path: { calendar_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  getTeamWait: { path: { team_id: string }; query: { channel_class?: ChannelClass }; body: undefined; answer: TeamWait; versioned: false };
  getConversationWait: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: ConversationWait; versioned: false };
  handOverConversation: { path: { conversation_id: string }; query: Record<string, never>; body: HandOver; answer: Conversation; versioned: false };
  askMoreTime: { path: { conversation_id: string }; query: Record<string, never>; body: MoreTime; answer: BotTurn; versioned: false };
  listCallBackSlots: { path: { team_id: string }; query: Record<string, never>; body: undefined; answer: CallBackSlots; versioned: false };
  bookCallBack: { path: { conversation_id: string }; query: Record<string, never>; body: BookCallBack; answer: Conversation; versioned: true };
  listCallBacks: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: CallBackList; versioned: false };
  keepCallBack: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: Conversation; versioned: true };
  listContacts: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; address?: string | null }; body: undefined; answer: ContactPage; versioned: false };
  getContact: { path: { contact_id: string }; query: Record<string, never>; body: undefined; answer: Contact; versioned: false };
  changeContact: { path: { contact_id: string }; query: Record<string, never>; body: ChangeContact; answer: Contact; versioned: true };
  listContactMerges: { path: { contact_id: string }; query: Record<string, never>; body: undefined; answer: ContactMergeList; versioned: false };
  mergeContacts: { path: { contact_id: string }; query: Record<string, never>; body: MergeContacts; answer: ContactMerge; versioned: false };
  undoContactMerge: { path: { contact_id: string; merge_id: string }; query: Record<string, never>; body: undefined; answer: ContactMerge; versioned: false };
  getContactContext: { path: { contact_id: string }; query: Record<string, never>; body: undefined; answer: CustomerContext; versioned: false };
  listContextSources: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: ContextSourceList; versioned: false };
  addContextSource: { path: Record<string, never>; query: Record<string, never>; body: AddContextSource; answer: ContextSource; versioned: false };
  removeContextSource: { path: { source_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  tryContextSource: { path: { source_id: string }; query: Record<string, never>; body: TryContextSource; answer: TriedContextSource; versioned: false };
  listChannels: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: ChannelList; versioned: false };
  listChannelAccounts: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: ChannelAccountPage; versioned: false };
  createChannelAccount: { path: Record<string, never>; query: Record<string, never>; body: CreateChannelAccount; answer: ChannelAccount; versioned: false };
  getChannelAccount: { path: { account_id: string }; query: Record<string, never>; body: undefined; answer: ChannelAccount; versioned: false };
  changeChannelAccount: { path: { account_id: string }; query: Record<string, never>; body: ChangeChannelAccount; answer: ChannelAccount; versioned: true };
  getChannelHealth: { path: { account_id: string }; query: Record<string, never>; body: undefined; answer: ChannelHealth; versioned: false };
  listBlocks: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; lifted?: boolean }; body: undefined; answer: BlockPage; versioned: false };
  addBlock: { path: Record<string, never>; query: Record<string, never>; body: AddBlock; answer: Block; versioned: false };
  liftBlock: { path: { block_id: string }; query: Record<string, never>; body: LiftBlock; answer: Block; versioned: false };
  listSlaPolicies: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: PolicyList; versioned: false };
  createSlaPolicy: { path: Record<string, never>; query: Record<string, never>; body: PolicyIn; answer: Policy; versioned: false };
  getSlaPolicy: { path: { policy_id: string }; query: Record<string, never>; body: undefined; answer: Policy; versioned: false };
  replaceSlaPolicy: { path: { policy_id: string }; query: Record<string, never>; body: PolicyIn; answer: Policy; versioned: true };
  deleteSlaPolicy: { path: { policy_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  getPolicy: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: PolicyNow; versioned: false };
  applyPolicy: { path: Record<string, never>; query: Record<string, never>; body: ApplyPolicy; answer: PolicyNow; versioned: true };
  getPolicySchema: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: PolicySchema; versioned: false };
  checkPolicy: { path: Record<string, never>; query: Record<string, never>; body: CheckPolicy; answer: PolicyCheck; versioned: false };
  tryPolicy: { path: Record<string, never>; query: Record<string, never>; body: TryPolicy; answer: PolicyTrial; versioned: false };
  rollBackPolicy: { path: Record<string, never>; query: Record<string, never>; body: RollBackPolicy; answer: PolicyNow; versioned: true };
  listPolicyVersions: { path: Record<string, never>; query: { before?: number | null }; body: undefined; answer: PolicyVersionList; versioned: false };
  getPolicyVersion: { path: { version: number }; query: Record<string, never>; body: undefined; answer: PolicyVersionWhole; versioned: false };
  getConversationClocks: { path: { conversation_id: string }; query: Record<string, never>; body: undefined; answer: ConversationClocks; versioned: false };
  reportClocks: { path: Record<string, never>; query: { since: string; until: string; by?: "day" | "team" | "policy" }; body: undefined; answer: ClockReport; versioned: false };
  listApiKeys: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: ApiKeyPage; versioned: false };
  createApiKey: { path: Record<string, never>; query: Record<string, never>; body: CreateApiKey; answer: NewApiKey; versioned: false };
  revokeApiKey: { path: { key_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  listWebhookEndpoints: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: WebhookEndpointPage; versioned: false };
  createWebhookEndpoint: { path: Record<string, never>; query: Record<string, never>; body: CreateWebhookEndpoint; answer: NewWebhookEndpoint; versioned: false };
  getWebhookEndpoint: { path: { endpoint_id: string }; query: Record<string, never>; body: undefined; answer: WebhookEndpoint; versioned: false };
  changeWebhookEndpoint: { path: { endpoint_id: string }; query: Record<string, never>; body: ChangeWebhookEndpoint; answer: WebhookEndpoint; versioned: true };
  deleteWebhookEndpoint: { path: { endpoint_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  rotateWebhookSecret: { path: { endpoint_id: string }; query: Record<string, never>; body: RotateSecret; answer: WebhookSecret; versioned: false };
  testWebhookEndpoint: { path: { endpoint_id: string }; query: Record<string, never>; body: TestWebhook; answer: WebhookDelivery; versioned: false };
  replayWebhooks: { path: { endpoint_id: string }; query: Record<string, never>; body: ReplayWebhooks; answer: Replayed; versioned: false };
  listWebhookDeliveries: { path: { endpoint_id: string }; query: { cursor?: string | null; limit?: number; state?: "waiting" | "queued" | "delivered" | "failed" | null }; body: undefined; answer: WebhookDeliveryPage; versioned: false };
  getWebhookDelivery: { path: { delivery_id: string }; query: Record<string, never>; body: undefined; answer: WebhookDeliveryDetail; versioned: false };
  resendWebhookDelivery: { path: { delivery_id: string }; query: Record<string, never>; body: undefined; answer: WebhookDelivery; versioned: false };
  checkWebhookSignature: { path: Record<string, never>; query: Record<string, never>; body: CheckSignature; answer: SignatureVerdict; versioned: false };
  listAuditLines: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: AuditPage; versioned: false };
  checkAuditLog: { path: Record<string, never>; query: { after?: number }; body: undefined; answer: AuditCheck; versioned: false };
  reportConversations: { path: Record<string, never>; query: { since: string; until: string; by?: "day" | "channel" | "team" }; body: undefined; answer: ConversationReport; versioned: false };
  reportHours: { path: Record<string, never>; query: { since: string; until: string; zone?: string }; body: undefined; answer: HoursReport; versioned: false };
  reportSatisfaction: { path: Record<string, never>; query: { since: string; until: string; by?: "day" | "channel" | "team" | "agent" }; body: undefined; answer: SatisfactionReport; versioned: false };
  listRatings: { path: Record<string, never>; query: { cursor?: string | null; limit?: number }; body: undefined; answer: RatingPage; versioned: false };
  rateConversation: { path: { conversation_id: string }; query: Record<string, never>; body: RateConversation; answer: Rating; versioned: false };
  listConsents: { path: { contact_id: string }; query: { cursor?: string | null; limit?: number }; body: undefined; answer: ConsentPage; versioned: false };
  recordConsent: { path: { contact_id: string }; query: Record<string, never>; body: RecordConsent; answer: RecordedConsent; versioned: false };
  giveGoodwill: { path: { conversation_id: string }; query: Record<string, never>; body: GiveGoodwill; answer: Goodwill; versioned: false };
  listGoodwill: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; state?: "waiting" | "granted" | "declined" | null }; body: undefined; answer: GoodwillPage; versioned: false };
  getGoodwill: { path: { goodwill_id: string }; query: Record<string, never>; body: undefined; answer: Goodwill; versioned: false };
  approveGoodwill: { path: { goodwill_id: string }; query: Record<string, never>; body: undefined; answer: Goodwill; versioned: false };
  declineGoodwill: { path: { goodwill_id: string }; query: Record<string, never>; body: undefined; answer: Goodwill; versioned: false };
  honourGoodwill: { path: { goodwill_id: string }; query: Record<string, never>; body: undefined; answer: Goodwill; versioned: false };
  reportGoodwill: { path: Record<string, never>; query: { since: string; until: string }; body: undefined; answer: GoodwillEffect; versioned: false };
  listIncidents: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; state?: "open" | "closed" | null }; body: undefined; answer: IncidentPage; versioned: false };
  getIncident: { path: { incident_id: string }; query: Record<string, never>; body: undefined; answer: Incident; versioned: false };
  answerIncident: { path: { incident_id: string }; query: Record<string, never>; body: AnswerIncident; answer: Incident; versioned: false };
  closeIncident: { path: { incident_id: string }; query: Record<string, never>; body: undefined; answer: Incident; versioned: false };
  reportReputation: { path: Record<string, never>; query: { since: string; until: string; by?: "day" | "channel" }; body: undefined; answer: ReputationReport; versioned: false };
  useReferral: { path: Record<string, never>; query: Record<string, never>; body: UseReferral; answer: Invitation; versioned: false };
  reportAdvocates: { path: Record<string, never>; query: { since: string; until: string }; body: undefined; answer: AdvocatesReport; versioned: false };
  listEvents: { path: Record<string, never>; query: { after?: number; limit?: number }; body: undefined; answer: EventPage; versioned: false };
  getStreamHead: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: StreamHead; versioned: false };
  createStreamTicket: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: Ticket; versioned: false };
  streamEvents: { path: Record<string, never>; query: { after?: number | null; epoch?: string | null }; body: undefined; answer: unknown; versioned: false };
  getMe: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: Me; versioned: false };
  countDeadLetters: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: DeadLetters; versioned: false };
  getSettings: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: TenantSettings; versioned: false };
  replaceSettings: { path: Record<string, never>; query: Record<string, never>; body: SettingsIn; answer: TenantSettings; versioned: true };
  startSession: { path: Record<string, never>; query: Record<string, never>; body: Login; answer: LoggedIn; versioned: false };
  getSession: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: Session; versioned: false };
  endSession: { path: Record<string, never>; query: Record<string, never>; body: Logout; answer: unknown; versioned: false };
  changePassword: { path: Record<string, never>; query: Record<string, never>; body: ChangePassword; answer: unknown; versioned: false };
  setAgentPassword: { path: { agent_id: string }; query: Record<string, never>; body: SetPassword; answer: unknown; versioned: false };
  endAgentSessions: { path: { agent_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: false };
  listIdentityProviders: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: IdentityProviderList; versioned: false };
  createIdentityProvider: { path: Record<string, never>; query: Record<string, never>; body: IdentityProviderIn; answer: IdentityProvider; versioned: false };
  replaceIdentityProvider: { path: { provider_id: string }; query: Record<string, never>; body: IdentityProviderIn; answer: IdentityProvider; versioned: true };
  deleteIdentityProvider: { path: { provider_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  listLoginProviders: { path: Record<string, never>; query: { email: string }; body: undefined; answer: LoginWays; versioned: false };
  listRoles: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: RoleList; versioned: false };
  createRole: { path: Record<string, never>; query: Record<string, never>; body: RoleIn; answer: OwnRole; versioned: false };
  replaceRole: { path: { role_id: string }; query: Record<string, never>; body: RoleIn; answer: OwnRole; versioned: true };
  deleteRole: { path: { role_id: string }; query: Record<string, never>; body: undefined; answer: unknown; versioned: true };
  setAgentRole: { path: { agent_id: string }; query: Record<string, never>; body: SetRole; answer: Agent; versioned: true };
  startCustomerSession: { path: Record<string, never>; query: Record<string, never>; body: StartSession; answer: CustomerSession; versioned: false };
  getCustomerDesk: { path: Record<string, never>; query: { account: string }; body: undefined; answer: CustomerDesk; versioned: false };
  listCustomerConversations: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; account: string }; body: undefined; answer: CustomerConversationPage; versioned: false };
  listCustomerMessages: { path: Record<string, never>; query: { cursor?: string | null; limit?: number; account: string; conversation_id?: string | null }; body: undefined; answer: CustomerMessagePage; versioned: false };
  sendCustomerMessage: { path: Record<string, never>; query: { account: string }; body: SendCustomerMessage; answer: Taken; versioned: false };
  markCustomerRead: { path: Record<string, never>; query: { account: string }; body: MarkCustomerRead; answer: Taken; versioned: false };
  uploadCustomerFile: { path: Record<string, never>; query: { account: string; filename: string; mime?: string; kind?: MediaKind }; body: undefined; answer: CustomerUpload; versioned: false };
  rateOwnConversation: { path: Record<string, never>; query: { account: string }; body: RateOwnConversation; answer: OwnRating; versioned: false };
  registerCustomerDevice: { path: Record<string, never>; query: { account: string }; body: RegisterDevice; answer: CustomerDevice; versioned: false };
  forgetCustomerDevice: { path: { device_id: string }; query: { account: string }; body: undefined; answer: unknown; versioned: false };
  listCustomerCallBackSlots: { path: Record<string, never>; query: { account: string }; body: undefined; answer: CallBackSlots; versioned: false };
  bookCustomerCallBack: { path: Record<string, never>; query: { account: string }; body: BookCallBack; answer: BookCallBack; versioned: false };
  createOffer: { path: Record<string, never>; query: Record<string, never>; body: OfferIn; answer: OfferShown; versioned: false };
  reportOfferOutcome: { path: { offer_id: string }; query: Record<string, never>; body: OutcomeIn; answer: unknown; versioned: false };
  getOfferSettings: { path: Record<string, never>; query: Record<string, never>; body: undefined; answer: OfferSettings; versioned: false };
  replaceOfferSettings: { path: Record<string, never>; query: Record<string, never>; body: OfferSettingsIn; answer: OfferSettings; versioned: true };
  searchKnowledgeAsCustomer: { path: Record<string, never>; query: { q: string; language?: string; brand?: string | null; limit?: number; account_id: string }; body: undefined; answer: FoundArticles; versioned: false };
  openKnowledgeAsCustomer: { path: Record<string, never>; query: Record<string, never>; body: OpenedArticle; answer: unknown; versioned: false };
  readKnowledgeAsCustomer: { path: { article_id: string }; query: { account_id: string }; body: undefined; answer: PublicArticle; versioned: false };
  judgeKnowledgeAsCustomer: { path: { article_id: string }; query: Record<string, never>; body: ArticleOpinion; answer: unknown; versioned: false };
}
