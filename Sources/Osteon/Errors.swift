import Bytes

/// What every call of this library throws: a code to decide by, a message for a person, and where it happened.
public typealias OsteonError = Bytes.OsteonError
