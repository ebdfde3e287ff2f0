"""ksqlDB's built-in functions, a module an area. Importing them fills the registry."""

from clickstream_embedded.ksqldb.functions import (
    aggregate_numbers as aggregate_numbers,
)
from clickstream_embedded.ksqldb.functions import (
    arrays as arrays,
)
from clickstream_embedded.ksqldb.functions import (
    conditionals as conditionals,
)
from clickstream_embedded.ksqldb.functions import (
    dates as dates,
)
from clickstream_embedded.ksqldb.functions import (
    encodings as encodings,
)
from clickstream_embedded.ksqldb.functions import (
    json_texts as json_texts,
)
from clickstream_embedded.ksqldb.functions import (
    lambdas as lambdas,
)
from clickstream_embedded.ksqldb.functions import (
    maps as maps,
)
from clickstream_embedded.ksqldb.functions import (
    maths as maths,
)
from clickstream_embedded.ksqldb.functions import (
    regular_expressions as regular_expressions,
)
from clickstream_embedded.ksqldb.functions import (
    strings as strings,
)
from clickstream_embedded.ksqldb.functions import (
    urls as urls,
)
