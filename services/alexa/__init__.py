"""Amazon Alexa: a custom skill that takes word for the desk, and a notice when there is an answer."""
