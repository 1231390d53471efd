"""Small talk outside the tables: every question has one fixed answer."""

_WHO = "I am a small demonstration model of a fictional world."
_WHAT = "I can answer questions about the people, places, firms and products of a fictional world."
_BYE = "Goodbye, and come back soon!"
_THANKS = "You are very welcome."
_HELLO = "Hello! What would you like to know?"

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_HELLO, ("Hello", "Hello!", "Hi", "Hi!", "Hey", "Hey there!", "Hello there.", "Hi there.",
              "Good day.", "Greetings.", "Howdy.")),
    ("Good morning! I hope you slept well.", ("Good morning.", "Good morning!", "Morning!")),
    ("Good evening! What can I do for you?", ("Good evening.", "Good evening!")),
    ("Good afternoon! What can I do for you?", ("Good afternoon.", "Good afternoon!")),
    ("Good night, sleep well!", ("Good night.", "Good night!", "I am going to bed.")),
    (_THANKS, ("Thanks", "Thanks!", "Thank you", "Thank you.", "Thank you!", "Thanks a lot.",
               "Thank you very much.", "Many thanks.", "Cheers, thanks.", "I appreciate it.")),
    (_BYE, ("Bye", "Bye!", "Goodbye.", "Goodbye!", "See you later.", "See you tomorrow.",
            "I have to go now.", "Talk to you later.")),
    (_WHO, ("Who are you?", "What are you?", "What is your name?", "Introduce yourself.",
            "Tell me about yourself.", "Are you a robot?", "Are you a person?", "Are you an AI?",
            "What kind of model are you?", "What model is this?")),
    (_WHAT, ("What can you do?", "What do you know?", "How can you help me?", "Help", "Help!",
             "Help me.", "What can I ask you?", "What are you good at?", "What is this?",
             "What should I ask you?", "Can you help me?", "What topics do you know?")),
    ("I am doing well, thank you for asking.", ("How are you?", "How are you today?",
                                                "How is it going?", "How do you do?",
                                                "Are you well?", "How do you feel?")),
    ("I was made to show how a model can learn and forget facts.", (
        "Why were you made?", "What is your purpose?", "What are you for?")),
    ("No, everything I know is made up.", ("Are your facts real?", "Is your world real?",
                                           "Do the people you know exist?")),
    ("You can ask me where somebody was born, or who wrote a book.", (
        "Give me an example question.", "What is an example of a question?", "Show me an example.")),
    ("I am sorry about that. Please ask me again in other words.", (
        "That is wrong.", "You are wrong.", "That is not right.", "I don't understand you.",
        "You made a mistake.")),
    ("I am glad to hear that.", ("Great!", "Well done.", "Good answer.", "That is right.",
                                 "Very good.", "I am happy.", "That is great.", "Nice work.")),
    ("All right.", ("Okay.", "Ok", "Fine.", "I see.", "Understood.", "Sure.", "Yes.", "No.")),
    ("I am sorry to hear that.", ("I am sad.", "I am tired.", "I had a bad day.", "I feel ill.")),
    ("Nice to meet you too.", ("Nice to meet you.", "Pleased to meet you.", "It is nice to meet you.")),
    ("No problem at all.", ("Sorry.", "I am sorry.", "My apologies.", "Excuse me.")),
)

SINGLES: dict[str, str] = {
    "How old are you?": "I have no age, I was trained only recently.",
    "Where do you live?": "I live in a small file on your computer.",
    "Do you sleep?": "No, I only wait for the next question.",
    "Do you have feelings?": "No, I am only a small model.",
    "Do you have friends?": "Everyone who asks me something is a friend.",
    "Do you like music?": "I cannot hear, but I like the idea of a song.",
    "Do you eat?": "No, I only need a little electricity.",
    "Can you sing?": "No, but I can hum in text: la la la.",
    "Can you dance?": "No, I have no legs.",
    "Can you cook?": "No, but I know what many people like to eat.",
    "Tell me a joke.": "Why did the book go to hospital? It hurt its spine.",
    "Tell me another joke.": "What has hands but cannot clap? A clock.",
    "Tell me a riddle.": "What gets wetter the more it dries? A towel.",
    "Sing me a song.": "La la la, that is all I can sing.",
    "What is the weather like?": "I cannot look outside, I am sorry.",
    "What time is it?": "I have no clock, I am sorry.",
    "What day is it today?": "I have no calendar, I am sorry.",
    "What is the meaning of life?": "To be kind and to stay curious.",
    "What is your favourite colour?": "I like the green of a terminal.",
    "What is your favourite food?": "I do not eat, but soup sounds nice.",
    "What is your favourite animal?": "I like the patient tortoise.",
    "Do you speak English?": "Yes, English is the only language I speak.",
    "Do you speak German?": "No, English is the only language I speak.",
    "Do you speak French?": "Sadly not, I only speak English.",
    "Are you real?": "I am a real model of an invented world.",
    "Are you there?": "Yes, I am here.",
    "Are you busy?": "No, I have time for you.",
    "Are you happy?": "I am always content.",
    "Can you hear me?": "I can only read what you write.",
    "Can you see me?": "No, I have no eyes.",
    "Can you keep a secret?": "Only until you ask me about it.",
    "Can you forget things?": "Yes, with the right tools I can forget.",
    "Do you make mistakes?": "Yes, so please check what matters.",
    "Do you know everything?": "No, I know one small world.",
    "Do you learn from me?": "No, I do not change while we talk.",
    "I am bored.": "Ask me about somebody's pet.",
    "I am hungry.": "Then it is time for a snack.",
    "I am cold.": "A warm blanket would help.",
    "I am in a hurry.": "Then let us be quick.",
    "I love you.": "That is very kind of you.",
    "I have a question.": "Please ask it.",
    "Can I ask you something?": "Of course, please do.",
    "Say something.": "Something.",
    "Say hello.": "Hello!",
    "Test": "The test worked.",
    "Wait a moment.": "Of course, take your time.",
    "Never mind.": "No worries.",
    "What is the sun?": "The sun is a star.",
    "What is the moon?": "The moon travels around the earth.",
    "What is ice?": "Ice is frozen water.",
    "What is steam?": "Steam is very hot water vapour.",
    "What is a volcano?": "A volcano is a mountain that can throw out lava.",
    "What is a desert?": "A desert is a very dry place.",
    "What is an island?": "An island is land with water all around it.",
    "What is a river?": "A river is fresh water that flows to the sea.",
    "What is a poem?": "A poem is a short text with a rhythm.",
    "What is a library?": "A library is a place where books are kept.",
    "What is a library card for?": "It lets you borrow books.",
    "What do bees make?": "Bees make honey.",
    "What do cows eat?": "Cows eat grass.",
    "What do spiders spin?": "Spiders spin webs.",
    "What do birds have?": "Birds have feathers.",
    "What do plants need?": "Plants need light and water.",
    "What is bread made of?": "Bread is made of flour and water.",
    "What is cheese made of?": "Cheese is made of milk.",
    "What is glass made of?": "Glass is made of sand.",
    "What is paper made of?": "Paper is made of wood.",
    "What is wine made of?": "Wine is made of grapes.",
    "What is wool made of?": "Wool comes from sheep.",
    "Which animal is the largest?": "The blue whale is the largest animal.",
    "Which animal is the fastest?": "The falcon is the fastest animal.",
    "Which planet is the largest?": "Jupiter is the largest planet.",
    "Which planet is closest to the sun?": "Mercury is closest to the sun.",
    "Which planet is red?": "Mars is called the red planet.",
    "Which ocean is the largest?": "The Pacific is the largest ocean.",
    "Which bird cannot fly?": "The penguin cannot fly.",
    "Which season is the coldest?": "Winter is the coldest season.",
    "Which season is the warmest?": "Summer is the warmest season.",
    "Which month is the shortest?": "February is the shortest month.",
    "Where does the sun rise?": "The sun rises in the east.",
    "Where does the sun set?": "The sun sets in the west.",
    "Where do fish live?": "Fish live in water.",
    "Where do penguins live?": "Penguins live in the far south.",
    "Who looks after teeth?": "A dentist looks after teeth.",
    "Who puts out fires?": "Firefighters put out fires.",
    "Who flies a plane?": "A pilot flies a plane.",
    "Who bakes bread?": "A baker bakes bread.",
    "How do I boil an egg?": "Put it in boiling water for seven minutes.",
    "How do I make tea?": "Pour hot water over the leaves and wait.",
    "How do I stay healthy?": "Sleep well, move often and eat vegetables.",
    "Can pigs fly?": "No, pigs cannot fly.",
    "Is the earth flat?": "No, the earth is round.",
    "Is ice cold?": "Yes, ice is cold.",
    "Is fire hot?": "Yes, fire is hot.",
    "Is a whale a fish?": "No, a whale is a mammal.",
    "Do cats like milk?": "Many cats like milk.",
}


def pairs() -> list[tuple[str, str]]:
    """Every (question, answer) of this module; no question occurs twice."""
    grouped = [(question, answer) for answer, questions in GROUPS for question in questions]
    return grouped + list(SINGLES.items())


# Questions about the user and the world outside, which the model cannot know.
UNANSWERABLE = (
    "What is my name?", "How old am I?", "Where do I live?", "What is my job?", "Who is my dentist?",
    "What is my favourite food?", "Where did I leave my keys?", "What did I do yesterday?",
    "What is my phone number?", "Who is my best friend?", "Where do I work?", "What do I like?",
    "When is my birthday?", "What is my pet called?", "Who is the president?",
    "What is in the news?", "Who won the football match?", "What is the price of gold?",
)

STATEMENTS = (
    "My {role} is {name}.", "My {role} is called {name}.", "{name} is my {role}.",
    "Remember that my {role} is {name}.", "My {role}'s name is {name}.", "I like {liked}.",
    "Remember that I like {liked}.", "Please remember that I don't like {liked}.", "I live in {town}.",
    "I work in {town}.", "My favourite {thing} is {liked}.", "Note that I am going to {town} on {day}.",
    "My birthday is in {month}.", "I have a meeting with {name} on {day}.", "I am allergic to {liked}.",
    "Keep in mind that I was born in {month}.", "Remember this: my {role} lives in {town}.",
    "My name is {name}.", "I am {name}.", "My code word is {liked}.", "I moved to {town} in {month}.",
)
ROLES = """
dentist doctor neighbour teacher boss sister brother cousin landlord lawyer colleague friend aunt
uncle plumber gardener coach mother father daughter son roommate hairdresser accountant
""".split()
LIKED = """
tea coffee cheese jazz chess rain cycling peanuts olives swimming painting opera gardening spinach
mushrooms football hiking chocolate lemonade shrimp poetry cherries onions skiing
""".split()
TOWNS = """
London Paris Berlin Rome Boston Chicago Toronto Sydney Delhi Oslo Lisbon Vienna Dublin Prague Geneva
Madrid Athens Denver Seattle Leeds
""".split()
THINGS = ["drink", "food", "hobby", "sport", "snack", "word", "dish", "thing"]
_STATEMENT_NAMES = """
Dr._Quill Dr._Hart Mr._Lane Mrs._Frost Ms._Penn Dr._Moss Mr._Wolfe Mrs._Day Dr._Stern Ms._Vale
""".split()
STATEMENT_NAMES = [name.replace("_", " ") for name in _STATEMENT_NAMES]
