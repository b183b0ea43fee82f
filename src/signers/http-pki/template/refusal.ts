/**
 * Something a template asks for that there is not, or a value that cannot stand where it is put; thrown inside the template engine,
 * which has no other way out, and caught where rendering begins. The message is a clause for people and holds no value.
 */
export class Refusal extends Error {}
